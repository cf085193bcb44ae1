import { bytesPerSample, msToSamples } from '@twinreel/media/format'
import { decode } from '@twinreel/media/g711'
import type { HeardStream } from '@twinreel/oracle/call-audio'
import type { PartyResult } from '../result.ts'
import { bucketMsOf } from './recorded-audio.ts'

/** For a picture of the whole call: the loudest sample said on these streams in each bucket, from the answer on. */
export function spokenPeaks(streams: readonly HeardStream[], lengthMs: number): PartyResult['said'] {
  const bucketMs = bucketMsOf(lengthMs)
  const levels = Array.from<number | null>({ length: Math.ceil(lengthMs / bucketMs) }).fill(null)
  for (const heard of streams) addSpoken(levels, heard, bucketMs)
  return { bucketMs, levels }
}

function addSpoken(levels: (number | null)[], { stream, spoken }: HeardStream, bucketMs: number): void {
  const { codec, sampleRateHz, firstSample, sampleCount } = stream
  const width = bytesPerSample(codec)
  // Bucket by bucket: hours of a call must not be in memory twice.
  for (let bucket = Math.floor((firstSample * 1_000) / sampleRateHz / bucketMs); bucket < levels.length; bucket++) {
    const from = Math.max(0, msToSamples(bucket * bucketMs, sampleRateHz) - firstSample)
    const to = Math.min(sampleCount, msToSamples((bucket + 1) * bucketMs, sampleRateHz) - firstSample)
    if (from >= sampleCount) return
    let peak = 0
    const samples = decode(spoken.subarray(from * width, to * width), codec)
    // By index: walking an iterator through hours of samples takes seconds.
    for (let i = 0; i < samples.length; i++) peak = Math.max(peak, Math.abs(samples[i] ?? 0))
    levels[bucket] = Math.max(levels[bucket] ?? 0, Math.round((peak / 32_768) * 1_000) / 1_000)
  }
}
