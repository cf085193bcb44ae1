import { expect, test } from 'vitest'
import { resample } from './resample.ts'

const RATES = [
  [8000, 16000],
  [16000, 8000],
  [8000, 48000],
  [48000, 8000],
  [44100, 8000],
  [11025, 16000],
  [7999, 8000],
] as const

function wave(frequencyHz: number, rateHz: number, from: number, to: number): Int16Array {
  return Int16Array.from({ length: to - from }, (_, i) => Math.round(10_000 * Math.sin((2 * Math.PI * frequencyHz * (from + i)) / rateHz)))
}

function powerOf(samples: Iterable<number>): number {
  return [...samples].reduce((sum, one) => sum + one * one, 0)
}

/** Root mean square of the difference, in dB below the signal. */
function errorDb(actual: Int16Array, expected: Int16Array): number {
  return 10 * Math.log10(powerOf([...actual].map((one, i) => one - (expected[i] ?? NaN))) / powerOf(expected))
}

test.each(RATES)('a wave of 1 kHz keeps its place in time from %i to %i Hz', (sourceRateHz, rateHz) => {
  const firstSample = 3 * sourceRateHz - 5000
  const samples = wave(1000, sourceRateHz, firstSample, firstSample + 10_000)
  const from = 3 * rateHz - 100
  const to = 3 * rateHz + 101
  const actual = resample({ samples, firstSample, sourceRateHz, rateHz, from, to })
  expect(errorDb(actual, wave(1000, rateHz, from, to))).toBeLessThan(-60)
})

test('what the lower rate cannot carry is gone', () => {
  const samples = wave(5000, 24000, 0, 6000)
  const actual = resample({ samples, firstSample: 0, sourceRateHz: 24000, rateHz: 8000, from: 500, to: 1500 })
  expect(Math.max(...actual.map(Math.abs))).toBeLessThan(10)
})

test('no image of the voice appears above the lower rate', () => {
  const samples = wave(3000, 8000, 0, 4000)
  const actual = resample({ samples, firstSample: 0, sourceRateHz: 8000, rateHz: 24000, from: 1000, to: 2000 })
  expect(errorDb(actual, wave(3000, 24000, 1000, 2000))).toBeLessThan(-60)
})

// Rates that no other test has: what a process works out once for a pair of rates is worked out here.
test.each([
  [12_000, 24_000],
  [24_000, 12_000],
  [32_000, 8_000],
])('85 % of the lower band passes whole, 90 % at half the level, from %i to %i Hz', (sourceRateHz, rateHz) => {
  const lossDb = (part: number): number => {
    const samples = wave((part * Math.min(sourceRateHz, rateHz)) / 2, sourceRateHz, 0, 20_000)
    const from = Math.ceil((2_000 * rateHz) / sourceRateHz)
    const actual = resample({ samples, firstSample: 0, sourceRateHz, rateHz, from, to: from + 2_000 })
    return -10 * Math.log10(powerOf(actual) / actual.length / (powerOf(samples) / samples.length))
  }
  expect(lossDb(0.85)).toBeCloseTo(0.9, 1)
  expect(lossDb(0.9)).toBeCloseTo(6, 1)
})

test('the limits are rates themselves', () => {
  const source = { samples: new Int16Array(1), firstSample: 0, from: 0, to: 1 }
  expect(resample({ ...source, sourceRateHz: 4_000, rateHz: 192_000 })).toHaveLength(1)
  expect(() => resample({ ...source, sourceRateHz: 3_999, rateHz: 8_000 })).toThrow('a sample rate of 3999 Hz')
  expect(() => resample({ ...source, sourceRateHz: 8_000, rateHz: 192_001 })).toThrow('a sample rate of 192001 Hz')
})

test.each(RATES)('a steady level stays exactly what it is from %i to %i Hz', (sourceRateHz, rateHz) => {
  const samples = new Int16Array(20_000).fill(12_345)
  const from = Math.ceil((1000 * rateHz) / sourceRateHz)
  const actual = resample({ samples, firstSample: 0, sourceRateHz, rateHz, from, to: from + 600 })
  expect(new Set(actual)).toEqual(new Set([12_345]))
})

test('two halves are the whole', () => {
  const samples = wave(440, 11025, 0, 3000)
  const part = (from: number, to: number): number[] => [...resample({ samples, firstSample: 0, sourceRateHz: 11025, rateHz: 16000, from, to })]
  expect([...part(0, 1234), ...part(1234, 4000)]).toEqual(part(0, 4000))
})

test('impossible rates are refused', () => {
  const source = { samples: new Int16Array(1), firstSample: 0, from: 0, to: 1 }
  expect(() => resample({ ...source, sourceRateHz: 8000, rateHz: 0 })).toThrow('a sample rate of 0 Hz')
  expect(() => resample({ ...source, sourceRateHz: 1e9, rateHz: 8000 })).toThrow(RangeError)
})
