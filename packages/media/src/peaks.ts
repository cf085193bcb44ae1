import { msToSamples } from './format.ts'
import type { AudioFormat } from './format.ts'
import { decode } from './g711.ts'

/**
 * One channel's loudest sample in each `bucketMs`, as a part of full scale (0..1, three decimals); the last bucket may
 * be shorter. For drawing a waveform. Throws RangeError for a bucket shorter than a sample.
 */
export function peaks(channelBytes: Uint8Array, format: AudioFormat, bucketMs: number): number[] {
  if (!(bucketMs < Infinity && msToSamples(bucketMs, format.sampleRateHz) >= 1)) {
    throw new RangeError(`a bucket of ${bucketMs} ms holds no sample at ${format.sampleRateHz} Hz`)
  }
  const samples = decode(channelBytes, format.codec)
  const levels: number[] = []
  for (let from = 0; from < samples.length;) {
    // From the start each time: buckets of a broken number of samples must not drift.
    const to = Math.min(samples.length, msToSamples((levels.length + 1) * bucketMs, format.sampleRateHz))
    levels.push(Math.round((loudest(samples, from, to) / 32768) * 1000) / 1000)
    from = to
  }
  return levels
}

function loudest(samples: Int16Array, from: number, to: number): number {
  let peak = 0
  for (let i = from; i < to; i++) peak = Math.max(peak, Math.abs(samples[i] ?? 0))
  return peak
}
