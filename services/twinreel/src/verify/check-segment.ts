import { createHash } from 'node:crypto'
import type { RecordingRow, SegmentRow } from '@twinreel/catalog/tables'
import { bytesPerSample, msToSamples } from '@twinreel/media/format'
import { wavHeader } from '@twinreel/media/wav'
import { StoreError, type ObjectStore } from '@twinreel/object-store/port'
import { segmentKey } from '@twinreel/recording/keys'
import { storedDetail } from '../segment-detail.ts'
import type { Problem, ProblemKind } from './problem.ts'
import { readPieces } from './read-pieces.ts'

const CHANNELS = 2

/**
 * A segment's object against its row: bytes by their hash, the WAV header to the byte, as many frames as the row says milliseconds. Where the
 * bytes are others, says whether header or audio was changed, and whether they are another segment's (`all`: the recording's rows). An object
 * that can't be read is a problem too, so that one bad sector does not hide the state of the rest.
 */
export async function checkSegment(store: ObjectStore, recording: RecordingRow, row: SegmentRow, all: readonly SegmentRow[]): Promise<Problem[]> {
  const problem = (kind: ProblemKind, text: string): Problem[] => [{ piece: 'segment', index: row.segment_index, key: row.key, kind, problem: text }]
  if (!ownKeys(recording, row).includes(row.key)) return problem('other-recording', 'is no key of this segment')
  try {
    const wav = expectedWav(row)
    const found = await store.head(row.key)
    if (found === null) return problem('missing', 'is missing')
    const isSized = found.sizeBytes === row.size_bytes
    // Of a size that none of them has it is none of them.
    const read = isSized || all.some((other) => other.size_bytes === found.sizeBytes) ? await hashesOf(store, row.key, found.sizeBytes, wav.header) : null
    const twin = read === null ? undefined : all.find((other) => other.segment_index !== row.segment_index && other.sha256 === read.sha256)
    if (twin !== undefined && read?.sha256 !== row.sha256) return problem('swapped', `holds the bytes of segment ${twin.segment_index}`)
    if (!isSized) return problem('size', sizeProblem(found.sizeBytes, row.size_bytes, wav.header.length))
    if (read !== null && read.sha256 !== row.sha256) return problem(...changed(read, row.sha256))
    if (read !== null && read.headerFrom !== null)
      return problem('header', `has not the WAV header of ${wav.frames} frames of ${wav.codec} at ${wav.sampleRateHz} Hz: byte ${read.headerFrom} is another`)
    return row.size_bytes === wav.sizeBytes ? [] : problem('size', `has ${row.size_bytes} bytes, ${wav.frames} frames take ${wav.sizeBytes}`)
  } catch (error) {
    if (error instanceof StoreError) return problem('unreadable', `can’t be read: ${error.message}`)
    throw error
  }
}

function expectedWav(row: SegmentRow) {
  const { format } = storedDetail(row)
  const frames = msToSamples(row.to_ms, format.sampleRateHz) - msToSamples(row.from_ms, format.sampleRateHz)
  const header = wavHeader({ format, channels: CHANNELS, frames })
  const dataBytes = frames * CHANNELS * bytesPerSample(format.codec)
  return { ...format, frames, header, sizeBytes: header.length + dataBytes + (dataBytes % 2) }
}

interface Read {
  sha256: string
  /** The hash it would have with the header it should have. */
  mendedSha256: string
  /** The first byte of the header that is another; `null` where none is. */
  headerFrom: number | null
}

async function hashesOf(store: ObjectStore, key: string, sizeBytes: number, header: Uint8Array): Promise<Read> {
  const [hash, mended] = [createHash('sha256'), createHash('sha256')]
  let headerFrom: number | null = null
  let at = 0
  for await (const piece of readPieces(store, key, sizeBytes)) {
    hash.update(piece)
    if (at === 0) {
      const differing = header.findIndex((byte, i) => byte !== piece[i])
      headerFrom = differing === -1 ? null : differing
      mended.update(header.subarray(0, piece.length))
    }
    mended.update(at === 0 ? piece.subarray(header.length) : piece)
    at += piece.length
  }
  return { sha256: hash.digest('hex'), mendedSha256: mended.digest('hex'), headerFrom }
}

function changed({ sha256, mendedSha256, headerFrom }: Read, expected: string): [ProblemKind, string] {
  const hashes = `has SHA-256 ${sha256} instead of ${expected}`
  if (headerFrom === null) return ['audio', `${hashes}: its audio was changed, the WAV header is as it must be`]
  if (mendedSha256 === expected) return ['header', `${hashes}: its WAV header was changed from byte ${headerFrom} on, the audio is as it was written`]
  return ['bytes', `${hashes}: its WAV header was changed from byte ${headerFrom} on, and so was its audio`]
}

function sizeProblem(foundBytes: number, expectedBytes: number, headerBytes: number): string {
  const sizes = `has ${foundBytes} bytes instead of ${expectedBytes}`
  if (foundBytes > expectedBytes) return sizes
  return foundBytes <= headerBytes ? `${sizes}: it ends within the WAV header` : `${sizes}: it ends within the audio`
}

function ownKeys(recording: RecordingRow, row: SegmentRow): string[] {
  const path = { orgId: recording.org_id, ownerId: recording.owner_id, recordingId: recording.recording_id }
  return [segmentKey(path, row.segment_index), segmentKey(path, row.segment_index, row.sha256)]
}
