import type { RecordingRow, SegmentRow } from '@twinreel/catalog/tables'
import { bytesPerSample, msToSamples } from '@twinreel/media/format'
import { wavHeader } from '@twinreel/media/wav'
import type { ObjectStore } from '@twinreel/object-store/port'
import { segmentKey } from '@twinreel/recording/keys'
import { storedDetail } from '../segment-detail.ts'
import type { Problem } from './problem.ts'
import { readObject } from './read-object.ts'

const CHANNELS = 2

/** A segment's object against its row: bytes by their hash, the WAV header to the byte, as many frames as the row says milliseconds. */
export async function checkSegment(store: ObjectStore, recording: RecordingRow, row: SegmentRow): Promise<Problem[]> {
  const problem = (text: string): Problem => ({ piece: 'segment', index: row.segment_index, key: row.key, problem: text })
  if (!ownKeys(recording, row).includes(row.key)) return [problem('is no key of this segment')]
  const outcome = await readObject(store, row.key, { sha256: row.sha256, sizeBytes: row.size_bytes })
  if (outcome.kind === 'differs') return [problem(outcome.problem)]
  const { format } = storedDetail(row)
  const frames = msToSamples(row.to_ms, format.sampleRateHz) - msToSamples(row.from_ms, format.sampleRateHz)
  const header = wavHeader({ format, channels: CHANNELS, frames })
  const dataBytes = frames * CHANNELS * bytesPerSample(format.codec)
  const sizeBytes = header.length + dataBytes + (dataBytes % 2)
  if (Buffer.compare(outcome.head.subarray(0, header.length), header) !== 0)
    return [problem(`has not the WAV header of ${frames} frames of ${format.codec} at ${format.sampleRateHz} Hz`)]
  if (row.size_bytes !== sizeBytes) return [problem(`has ${row.size_bytes} bytes, ${frames} frames take ${sizeBytes}`)]
  return []
}

function ownKeys(recording: RecordingRow, row: SegmentRow): string[] {
  const path = { orgId: recording.org_id, ownerId: recording.owner_id, recordingId: recording.recording_id }
  return [segmentKey(path, row.segment_index), segmentKey(path, row.segment_index, row.sha256)]
}
