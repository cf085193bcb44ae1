import { expect, test } from 'vitest'
import type { AudioFormat } from './format.ts'
import { encode } from './g711.ts'
import { peaks } from './peaks.ts'

const L16: AudioFormat = { codec: 'L16', sampleRateHz: 1000 }

test('each bucket shows its loudest sample, whatever its sign', () => {
  const samples = Int16Array.of(0, 16384, -3, 100, -32768, 1, 328)
  expect(peaks(encode(samples, 'L16'), L16, 2)).toEqual([0.5, 0.003, 1, 0.01])
})

test.each(['PCMU', 'PCMA', 'L16'] as const)('silence in %s is flat', (codec) => {
  const format = { codec, sampleRateHz: 8000 }
  expect(peaks(encode(new Int16Array(800), codec), format, 50)).toEqual([0, 0])
})

test('buckets of a broken number of samples do not drift', () => {
  const format: AudioFormat = { codec: 'L16', sampleRateHz: 11_025 }
  expect(peaks(new Uint8Array(11_025 * 2), format, 10)).toHaveLength(100)
})

test('no audio has no peaks, and a bucket needs a sample', () => {
  expect(peaks(new Uint8Array(0), L16, 10)).toEqual([])
  expect(peaks(new Uint8Array(4), L16, 1)).toEqual([0, 0])
  expect(() => peaks(new Uint8Array(8), L16, Infinity)).toThrow('a bucket of Infinity ms')
  expect(() => peaks(new Uint8Array(8), L16, 0.5)).toThrow('a bucket of 0.5 ms holds no sample at 1000 Hz')
})
