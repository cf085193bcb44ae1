import { encode } from '@twinreel/media/g711'
import { decode } from '@twinreel/media/g711'
import { expect, test } from 'vitest'
import { canaryValue, twice } from './pattern.ts'
import { canariesIn } from './search.ts'

const PAUSE = 0x01_02_03
/** Twenty samples hold the values once, wherever they begin. */
const said = (from: number): Uint8Array => Uint8Array.from({ length: 24 }, (_, i) => canaryValue(PAUSE, from + i))
const noise = (length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => (i * 37 + 11) & 0xff)
const l16 = (samples: Int16Array): Uint8Array => encode(samples, 'L16')
const swapped = (bytes: Uint8Array): Uint8Array => bytes.map((_, i) => bytes[i ^ 1] ?? 0)

function interleaved(channel: Uint8Array, width: number): Uint8Array {
  const other = noise(channel.length)
  return Uint8Array.from({ length: channel.length * 2 }, (_, i) => {
    const [frame, within] = [Math.floor(i / (2 * width)), i % (2 * width)]
    return (within < width ? other[frame * width + within] : channel[frame * width + within - width]) ?? 0
  })
}

const forms: [string, (values: Uint8Array) => Uint8Array][] = [
  ['G.711', (values) => values],
  ['G.711 of two channels', (values) => interleaved(values, 1)],
  ['L16', twice],
  ['L16 of two channels', (values) => interleaved(twice(values), 2)],
  ['PCMU expanded', (values) => l16(decode(values, 'PCMU'))],
  ['PCMU expanded, of two channels', (values) => interleaved(l16(decode(values, 'PCMU')), 2)],
  ['PCMA expanded, big-endian', (values) => swapped(l16(decode(values, 'PCMA')))],
]
const encodings: [string, (bytes: Uint8Array) => Uint8Array][] = [
  ['as it is', (bytes) => bytes],
  ['as hex', (bytes) => Buffer.from(Buffer.from(bytes).toString('hex'))],
  ['as upper-case hex', (bytes) => Buffer.from(Buffer.from(bytes).toString('hex').toUpperCase())],
  ['as base64', (bytes) => Buffer.from(Buffer.from(bytes).toString('base64'))],
  ['as base64url', (bytes) => Buffer.from(Buffer.from(bytes).toString('base64url'))],
  ['as JSON of a Buffer', (bytes) => Buffer.from(JSON.stringify(Buffer.from(bytes)))],
  ['as JSON of an array of bytes', (bytes) => Buffer.from(JSON.stringify(Uint8Array.from(bytes)))],
]

test.each(forms.flatMap(([form, make]) => encodings.map(([encoding, wrap]) => [form, encoding, make, wrap] as const)))(
  'the canary is found in %s %s, wherever it begins',
  (_, encoding, make, wrap) => {
    for (let from = 0; from < 13; from++) {
      for (let before = 0; before < 4; before++) {
        const text = encoding === 'as it is' ? noise(before + 5) : Buffer.from('state":"'.slice(0, before + 1))
        // An encoding may also begin in the middle of something else.
        const found = canariesIn(Buffer.concat([text, wrap(Buffer.concat([noise(before), make(said(from))])), Buffer.from('"')]))
        expect(found, `from ${from} after ${before}`).not.toEqual([])
      }
    }
  },
)

test('says in which pause it was said', () => {
  expect(canariesIn(Buffer.from(said(0)))[0]?.pause).toBe(PAUSE)
  expect(canariesIn(Buffer.from(interleaved(twice(said(0)), 2)))[0]?.pause).toBe(PAUSE)
})

test('finds it in text that took each byte for a letter', () => {
  expect(canariesIn(Buffer.from(Buffer.from(said(0)).toString('latin1'), 'utf8'))).not.toEqual([])
})

test('finds nothing in noise, texts and numbers', () => {
  expect(canariesIn(Buffer.concat([noise(200_000), Buffer.from(JSON.stringify(Buffer.from(noise(5_000)))), Buffer.from(noise(9_999)).subarray(1)]))).toEqual([])
})
