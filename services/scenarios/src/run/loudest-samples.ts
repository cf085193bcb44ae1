import { bytesPerSample, msToSamples, type AudioFormat } from '@twinreel/media/format'
import { decode } from '@twinreel/media/g711'

/** Bytes of one channel, beginning so many samples after the answer. */
export interface Sound {
  bytes: Uint8Array
  format: AudioFormat
  firstSample: number
}

const MOST_BUCKETS = 1_000

/** Of every picture of a call that long, so that what was said and what was recorded lie over each other. */
export function bucketMsOf(lengthMs: number): number {
  return Math.max(50, Math.ceil(lengthMs / MOST_BUCKETS / 10) * 10)
}

/** For a picture of a whole call: the loudest of these sounds' samples in each bucket from the answer on, 0 to 1; `null` where there is none. */
export function loudestSamples(sounds: readonly Sound[], lengthMs: number): (number | null)[] {
  const bucketMs = bucketMsOf(lengthMs)
  const levels = Array.from<number | null>({ length: Math.ceil(lengthMs / bucketMs) }).fill(null)
  for (const sound of sounds) addLoudest(levels, sound, bucketMs)
  return levels
}

function addLoudest(levels: (number | null)[], { bytes, format: { codec, sampleRateHz }, firstSample }: Sound, bucketMs: number): void {
  const width = bytesPerSample(codec)
  const sampleCount = Math.floor(bytes.length / width)
  // Bucket by bucket: hours of a call must not be in memory twice.
  for (let bucket = Math.floor((firstSample * 1_000) / sampleRateHz / bucketMs); bucket < levels.length; bucket++) {
    const from = Math.max(0, msToSamples(bucket * bucketMs, sampleRateHz) - firstSample)
    const to = Math.min(sampleCount, msToSamples((bucket + 1) * bucketMs, sampleRateHz) - firstSample)
    if (from >= sampleCount) return
    let loudest = 0
    const samples = decode(bytes.subarray(from * width, to * width), codec)
    // By index: walking an iterator through hours of samples takes seconds.
    for (let i = 0; i < samples.length; i++) loudest = Math.max(loudest, Math.abs(samples[i] ?? 0))
    levels[bucket] = Math.max(levels[bucket] ?? 0, Math.round((loudest / 32_768) * 1_000) / 1_000)
  }
}
