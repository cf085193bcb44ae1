import type { AudioFormat } from '@twinreel/media/format'
import { msToSamples } from '@twinreel/media/format'
import { decode } from '@twinreel/media/g711'
import { deinterleave } from '@twinreel/media/interleave'
import { parseWav } from '@twinreel/media/wav'
import type { ObjectStore } from '@twinreel/object-store/port'
import type { RecordingResult } from '../result.ts'
import type { FoundRecording } from './evidence.ts'

/** One audio object, taken apart. */
export interface AudioObject {
  key: string
  format: AudioFormat
  left: Uint8Array
  right: Uint8Array
}

/** What stands on each channel from a moment of the call on. */
export interface RecordedPiece extends AudioObject {
  fromMs: number
  toMs: number
}

/** The recording's objects in order; one that is missing or can't be read is left out, which the oracle tells. */
export async function readPieces(store: ObjectStore, { segments }: Pick<FoundRecording, 'segments'>): Promise<RecordedPiece[]> {
  const pieces: RecordedPiece[] = []
  for (const { key, fromMs, toMs } of segments) {
    const object = await readAudioObject(store, key)
    if (object !== null) pieces.push({ ...object, fromMs, toMs })
  }
  return pieces
}

/** `null` for what is missing or no WAV of two channels. */
export async function readAudioObject(store: ObjectStore, key: string): Promise<AudioObject | null> {
  const bytes = await store.get(key)
  if (bytes === null) return null
  try {
    const { format, channels, data } = parseWav(bytes)
    if (channels !== 2) return null
    const [left = new Uint8Array(), right = new Uint8Array()] = deinterleave(data, channels, format.codec)
    return { key, format, left, right }
  } catch {
    return null
  }
}

const MOST_BUCKETS = 1_000

/** Of every picture of a call that long, so that what was said and what was recorded lie over each other. */
export function bucketMsOf(lengthMs: number): number {
  return Math.max(50, Math.ceil(lengthMs / MOST_BUCKETS / 10) * 10)
}

/** For a picture of the whole call: the loudest sample of each bucket, from the answer on. */
export function peaksOf(pieces: readonly RecordedPiece[], lengthMs: number): RecordingResult['peaks'] {
  const bucketMs = bucketMsOf(lengthMs)
  const buckets = Math.ceil(lengthMs / bucketMs)
  const side = (channel: 'left' | 'right'): (number | null)[] => {
    const levels = Array.from<number | null>({ length: buckets }).fill(null)
    for (const piece of pieces) addPeaks(levels, decode(piece[channel], piece.format.codec), piece, bucketMs)
    return levels
  }
  return { bucketMs, left: side('left'), right: side('right') }
}

function addPeaks(levels: (number | null)[], samples: Int16Array, { fromMs, toMs, format }: RecordedPiece, bucketMs: number): void {
  for (let bucket = Math.floor(fromMs / bucketMs); bucket * bucketMs < toMs && bucket < levels.length; bucket++) {
    const from = msToSamples(Math.max(0, bucket * bucketMs - fromMs), format.sampleRateHz)
    const to = Math.min(samples.length, msToSamples((bucket + 1) * bucketMs - fromMs, format.sampleRateHz))
    let peak = 0
    for (let i = from; i < to; i++) peak = Math.max(peak, Math.abs(samples[i] ?? 0))
    levels[bucket] = Math.max(levels[bucket] ?? 0, Math.round((peak / 32_768) * 1_000) / 1_000)
  }
}
