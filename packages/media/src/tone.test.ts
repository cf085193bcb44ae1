import { expect, test } from 'vitest'
import type { AudioFormat } from './format.ts'
import { decode } from './g711.ts'
import { BEEP, REPEAT_TONE, sine } from './tone.ts'
import type { Tone } from './tone.ts'

const PCMU: AudioFormat = { codec: 'PCMU', sampleRateHz: 8000 }
const PCMA: AudioFormat = { codec: 'PCMA', sampleRateHz: 8000 }
const L16: AudioFormat = { codec: 'L16', sampleRateHz: 16000 }

function samplesOf(tone: Tone, format: AudioFormat): Int16Array {
  return decode(sine({ ...tone, format }), format.codec)
}

/** From upward zero crossings, the steady middle only. */
function measuredHz(samples: Int16Array, rateHz: number): number {
  const crossings: number[] = []
  for (let i = 1; i < samples.length; i++) {
    const before = samples[i - 1] ?? 0
    const now = samples[i] ?? 0
    if (before < 0 && now >= 0) crossings.push(i - 1 + before / (before - now))
  }
  return ((crossings.length - 1) * rateHz) / ((crossings.at(-1) ?? NaN) - (crossings[0] ?? NaN))
}

function rms(samples: Int16Array): number {
  return Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length)
}

test.each([PCMU, PCMA, L16])('the repeat tone is 1400 Hz within 1.5 %% and 200 ms long in $codec', (format) => {
  const samples = samplesOf(REPEAT_TONE, format)
  expect(samples.length).toBe(format.sampleRateHz / 5)
  expect(Math.abs(measuredHz(samples, format.sampleRateHz) / 1400 - 1)).toBeLessThan(0.015)
})

test('the beep is no repeat tone', () => {
  expect(measuredHz(samplesOf(BEEP, L16), 16000)).toBeCloseTo(1000, 0)
  expect(samplesOf(BEEP, L16).length).toBe(2400)
})

// The two peaks of G.711's digital milliwatt, 22656 and 22828, over the square root of two.
test.each([
  [PCMU, 16_020],
  [PCMA, 16_142],
  [L16, 16_142],
] as const)('0 dBm0 in %o is the digital milliwatt', (format, expectedRms) => {
  const milliwatt = { frequencyHz: 1004, durationMs: 1000, levelDbm0: 0, fadeMs: 0 }
  // The quantizing of G.711 moves a steady tone's power by less; the two laws' milliwatts are further apart.
  expect(Math.abs(20 * Math.log10(rms(samplesOf(milliwatt, format)) / expectedRms))).toBeLessThan(0.03)
})

test('a tone fades in and out', () => {
  const samples = samplesOf({ frequencyHz: 1000, durationMs: 100, amplitude: 0.5, fadeMs: 10 }, L16)
  const peakWithin = (from: number, to: number): number => Math.max(...samples.subarray(from, to).map(Math.abs))
  expect(peakWithin(400, 1200)).toBeCloseTo(16_384, -1)
  expect(peakWithin(0, 16)).toBeLessThan(500)
  expect(peakWithin(1584, 1600)).toBeLessThan(500)
})

test('the fade-in rises from wave to wave, and the fade-out is its mirror image', () => {
  // Half a sample more than whole waves, so that the end mirrors the beginning.
  const samples = samplesOf({ frequencyHz: 1000, durationMs: 100.0625, amplitude: 0.5, fadeMs: 10 }, L16)
  const loudest = Array.from({ length: 10 }, (_, i) => Math.max(...samples.subarray(16 * i, 16 * i + 16)))
  expect(loudest).toEqual(loudest.toSorted((a, b) => a - b))
  expect(new Set(loudest).size).toBe(10)
  expect(samples.every((sample, i) => Math.abs(sample + (samples.at(-1 - i) ?? NaN)) <= 1)).toBe(true)
})

test('a tone may be all fade, as loud as there is, or silent', () => {
  const loudest = samplesOf({ frequencyHz: 4000, durationMs: 100, amplitude: 1, fadeMs: 50 }, L16)
  expect(loudest.every((sample) => Math.abs(sample) <= 32_767)).toBe(true)
  expect(new Set(samplesOf({ frequencyHz: 1000, durationMs: 10, amplitude: 0, fadeMs: 0 }, L16))).toEqual(new Set([0]))
})

test('what cannot be played is refused', () => {
  const tone = { frequencyHz: 1000, durationMs: 100, amplitude: 0.5, fadeMs: 10, format: PCMU }
  expect(() => sine({ ...tone, frequencyHz: 4000 })).toThrow('4000 Hz does not fit a sample rate of 8000 Hz')
  expect(() => sine({ ...tone, frequencyHz: 0 })).toThrow('0 Hz does not fit')
  expect(() => sine({ ...tone, fadeMs: -1 })).toThrow('two fades of -1 ms')
  expect(() => sine({ ...tone, amplitude: -0.1 })).toThrow('would be clipped')
  expect(() => sine({ ...tone, fadeMs: 51 })).toThrow('two fades of 51 ms do not fit a tone of 100 ms')
  expect(() => sine({ ...tone, amplitude: 1.1 })).toThrow('would be clipped')
})
