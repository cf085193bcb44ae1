import type { AudioFormat } from '@twinreel/media/format'
import { msToSamples } from '@twinreel/media/format'
import { deinterleave } from '@twinreel/media/interleave'
import { parseWav } from '@twinreel/media/wav'
import type { ObjectStore } from '@twinreel/object-store/port'
import type { RecordingResult } from '../result.ts'
import type { FoundRecording } from './evidence.ts'
import { bucketMsOf, loudestSamples } from './loudest-samples.ts'

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

/** For a picture of the whole call. */
export function peaksOf(pieces: readonly RecordedPiece[], lengthMs: number): RecordingResult['peaks'] {
  const side = (channel: 'left' | 'right'): (number | null)[] =>
    loudestSamples(
      pieces.map(({ [channel]: bytes, format, fromMs }) => ({ bytes, format, firstSample: msToSamples(fromMs, format.sampleRateHz) })),
      lengthMs,
    )
  return { bucketMs: bucketMsOf(lengthMs), left: side('left'), right: side('right') }
}
