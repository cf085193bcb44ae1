import { createHash } from 'node:crypto'
import type { Catalog } from '@twinreel/catalog/open'
import { segmentRows } from '@twinreel/catalog/recorder'
import { showRecording, type RecordingDetail } from '@twinreel/catalog/recordings'
import type { SegmentRow } from '@twinreel/catalog/tables'
import { bytesPerSample, msToSamples, sameFormat, samplesToMs, type AudioFormat } from '@twinreel/media/format'
import { parseWav, wavHeader } from '@twinreel/media/wav'
import type { ObjectStore } from '@twinreel/object-store/port'
import { checkFailed } from '../command-error.ts'
import { isoTime } from '../format.ts'
import { storedDetail } from '../segment-detail.ts'
import { unknownRecording } from '../unknown-recording.ts'
import type { Place } from '../place.ts'

export interface RecordingWav {
  segments: number
  sizeBytes: number
  durationMs: number
  codec: AudioFormat['codec']
  sampleRateHz: number
  /** One segment in memory at a time; each is checked against its hash before its first byte goes out. */
  writeTo(sink: (bytes: Uint8Array) => Promise<void>, onSegment: (number: number) => void): Promise<void>
}

const CHANNELS = 2

/** A finished recording as one WAV. Throws `CommandError` when there is none, with the reason. */
export async function openExport(source: { catalog: Catalog; store: ObjectStore; place: Place; recordingId: string }): Promise<RecordingWav> {
  const { catalog, store, place, recordingId } = source
  const recording = await showRecording(catalog, recordingId)
  if (recording === null) throw unknownRecording(recordingId, place)
  checkWhole(recording)
  const rows = await segmentRows(catalog, recordingId)
  const format = commonFormat(recordingId, rows)
  const frames = rows.reduce((sum, row) => sum + framesOf(row, format), 0)
  const header = headerOf(recordingId, format, frames)
  const dataBytes = frames * CHANNELS * bytesPerSample(format.codec)
  return {
    segments: rows.length,
    sizeBytes: header.length + dataBytes + (dataBytes % 2),
    durationMs: samplesToMs(frames, format.sampleRateHz),
    ...format,
    async writeTo(sink, onSegment) {
      await sink(header)
      for (const [index, row] of rows.entries()) {
        onSegment(index + 1)
        await sink(await readAudio(store, recordingId, row, { format, frames: framesOf(row, format) }))
      }
      if (dataBytes % 2 === 1) await sink(new Uint8Array(1))
    },
  }
}

function checkWhole({ recordingId, status, purgedAtMs, claimedAtMs, endedAtMs, inBin, deletion }: RecordingDetail): void {
  if (purgedAtMs !== null) throw checkFailed(`recording ${recordingId} was deleted on ${isoTime(purgedAtMs)}`, 'nothing of it is left to export')
  if (claimedAtMs !== null) throw checkFailed(`recording ${recordingId} is being deleted since ${isoTime(claimedAtMs)}`)
  if (inBin && deletion?.kind === 'erasure')
    throw checkFailed(`recording ${recordingId} is erased with its user’s data since ${isoTime(deletion.requestedAtMs)}`)
  if (inBin) throw checkFailed(`recording ${recordingId} is in the bin`, `take it back first: \`twinreel recordings restore ${recordingId} --reason …\``)
  if (endedAtMs === null) throw checkFailed(`recording ${recordingId} is not finished: it is ${status}`, 'export it when the call is over')
}

function commonFormat(recordingId: string, rows: readonly SegmentRow[]): AudioFormat {
  const formats = rows.map((row) => storedDetail(row).format)
  const [first] = formats
  if (first === undefined) throw checkFailed(`recording ${recordingId} holds no audio`)
  const other = formats.findIndex((format) => !sameFormat(format, first))
  if (other !== -1)
    throw checkFailed(`segment ${other} of recording ${recordingId} has another format than the first`, 'look at it with `twinreel recordings verify`')
  return first
}

function framesOf({ from_ms, to_ms }: SegmentRow, { sampleRateHz }: AudioFormat): number {
  return msToSamples(to_ms, sampleRateHz) - msToSamples(from_ms, sampleRateHz)
}

function headerOf(recordingId: string, format: AudioFormat, frames: number): Uint8Array {
  try {
    return wavHeader({ format, channels: CHANNELS, frames })
  } catch (error) {
    throw checkFailed(`recording ${recordingId} is too long for one WAV: ${error instanceof Error ? error.message : String(error)}`)
  }
}

async function readAudio(store: ObjectStore, recordingId: string, row: SegmentRow, expected: { format: AudioFormat; frames: number }): Promise<Uint8Array> {
  const damaged = (problem: string) =>
    checkFailed(
      `segment ${row.segment_index} of recording ${recordingId}, ${row.key}, ${problem}`,
      `see \`twinreel recordings verify ${recordingId}\`; restore the object from a backup`,
    )
  const head = await store.head(row.key)
  if (head === null) throw damaged('is missing')
  if (head.sizeBytes !== row.size_bytes) throw damaged(`has ${head.sizeBytes} bytes instead of ${row.size_bytes}`)
  const bytes = await store.get(row.key)
  if (bytes === null) throw damaged('is missing')
  if (createHash('sha256').update(bytes).digest('hex') !== row.sha256) throw damaged('is not what was written: its SHA-256 differs')
  const wav = parseWav(bytes)
  if (wav.channels !== CHANNELS || wav.frames !== expected.frames || !sameFormat(wav.format, expected.format))
    throw damaged('has another shape than the catalog says')
  return wav.data
}
