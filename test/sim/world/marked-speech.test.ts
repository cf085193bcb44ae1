import { expect, test } from 'vitest'
import { markedSpeech } from './marked-speech.ts'

const PCMU = { codec: 'PCMU', sampleRateHz: 8_000 } as const
const L16 = { codec: 'L16', sampleRateHz: 16_000 } as const

test('any fifteen bytes of a stream say where they were said', () => {
  const speech = markedSpeech(7)
  for (const [callId, streamId, format] of [
    ['a', 'caller', PCMU],
    ['a', 'called', PCMU],
    ['b', 'caller', L16],
  ] as const) {
    const say = speech.speak({ seed: 7, callId, streamId, format })
    const width = format.codec === 'L16' ? 2 : 1
    for (const from of [0, 3, 8_000, 123_457]) {
      const bytes = say(from, from + 40)
      const found = Array.from({ length: 8 }, (_, at) => ({ at, said: speech.identify(bytes, at) })).filter(({ said }) => said !== null)
      expect(found).toHaveLength(1)
      expect(found[0]?.said).toMatchObject({ callId, streamId, byte: from * width + (found[0]?.at ?? 0) })
    }
  }
})

test('any range gives the same bytes', () => {
  const say = markedSpeech(1).speak({ seed: 1, callId: 'a', streamId: 's', format: PCMU })
  expect(say(100, 200)).toEqual(say(0, 1_000).subarray(100, 200))
})

test('what nobody said is nobody’s', () => {
  const speech = markedSpeech(1)
  const say = speech.speak({ seed: 1, callId: 'a', streamId: 's', format: PCMU })
  const bytes = say(0, 800).map((byte) => byte ^ 1)
  for (let at = 0; at < 700; at++) expect(speech.identify(bytes, at)).toBeNull()
})
