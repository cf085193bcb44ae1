import { expect, test } from 'vitest'
import { bytesPerSample, msToSamples, sameFormat, samplesToMs, silenceByte } from './format.ts'
import type { Codec } from './format.ts'
import { decode } from './g711.ts'

test.each<[Codec, number]>([
  ['PCMU', 0],
  ['PCMA', 8],
  ['L16', 0],
])('silence in %s is its quietest value', (codec, value) => {
  expect([...decode(new Uint8Array(2 * bytesPerSample(codec)).fill(silenceByte(codec)), codec)]).toEqual([value, value])
})

test('a part of a sample or a millisecond does not count', () => {
  expect(msToSamples(1000, 8000)).toBe(8000)
  expect(msToSamples(1, 11_025)).toBe(11)
  expect(samplesToMs(15, 8000)).toBe(1)
  expect(samplesToMs(16, 8000)).toBe(2)
})

test('silence in L16 is zeros', () => {
  expect(silenceByte('L16')).toBe(0)
})

test('bytes stand for each other only in one codec at one rate', () => {
  const format = { codec: 'PCMU', sampleRateHz: 8_000 } as const
  expect(sameFormat(format, { ...format })).toBe(true)
  expect(sameFormat(format, { ...format, codec: 'PCMA' })).toBe(false)
  expect(sameFormat(format, { ...format, sampleRateHz: 16_000 })).toBe(false)
})
