import { speechOf, spoken } from '@twinreel/simulator/speech'
import { openVoices } from '@twinreel/simulator/voices'
import { expect, test } from 'vitest'
import { classify } from './classify.ts'

const loop = openVoices().loop('reader', { codec: 'PCMU', sampleRateHz: 8_000 })
const said = (callId: string, streamId: string): Uint8Array => spoken(speechOf({ seed: 1, callId, streamId }, loop), 0, 64_000)
const own = said('call', 'caller')
const wanted = own.subarray(16_000, 24_000)

function changed(change: (bytes: Uint8Array) => void): Uint8Array {
  const bytes = wanted.slice()
  change(bytes)
  return bytes
}

test.each([
  ['nothing', wanted, { lost: 0, duplicated: 0, swapped: 0 }],
  ['a gap', changed((bytes) => void bytes.fill(0xff, 640, 960)), { lost: 320, duplicated: 0, swapped: 0 }],
  ['a missing end', wanted.subarray(0, 7_900), { lost: 100, duplicated: 0, swapped: 0 }],
  ['an end that is there twice', Uint8Array.from([...wanted, ...own.subarray(24_000, 24_128)]), { lost: 0, duplicated: 128, swapped: 0 }],
  ['a stretch that is there again', changed((bytes) => bytes.set(own.subarray(8_003, 8_643), 1_280)), { lost: 0, duplicated: 640, swapped: 0 }],
  ['the other side', changed((bytes) => bytes.set(said('call', 'called').subarray(17_280, 17_920), 1_280)), { lost: 0, duplicated: 0, swapped: 640 }],
  ['another call', changed((bytes) => bytes.set(said('other', 'caller').subarray(0, 640), 1_280)), { lost: 0, duplicated: 0, swapped: 640 }],
] as const)('%s is told from what was spoken', (_, found, counts) => {
  expect(classify(found, wanted, { own: [own], sampleBytes: 1, silence: 0xff })).toEqual(counts)
})
