import { expect, it } from 'vitest'
import { resample } from '@twinreel/media/resample'
import { converter } from './resampling.ts'
import { noise } from './tiny-call.ts'

it.each([
  [8_000, 16_000],
  [16_000, 8_000],
])('from %i to %i Hz, two ways of writing the conversion agree on every sample', (from, to) => {
  const samples = new Int16Array(noise(2_000, 7).buffer)
  const count = (samples.length * to) / from
  const convert = converter(from, to)
  expect(Int16Array.from({ length: count }, (_, n) => convert(n, (i) => samples[i] ?? 0))).toEqual(
    resample({ samples, firstSample: 0, sourceRateHz: from, rateHz: to, from: 0, to: count }),
  )
})
