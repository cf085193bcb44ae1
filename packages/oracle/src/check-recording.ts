import { channelBytes, type HeardStream } from './call-audio.ts'
import { sampleBytes, type Format } from './companding.ts'
import type { ExpectedRecording, OracleRules } from './expected-recordings.ts'
import type { Files } from './files.ts'
import type { Finding } from './finding.ts'
import type { Span } from './spans.ts'
import { readWav } from './wav-reader.ts'

export interface KnownRecording {
  recordingId: string
  callId: string
  ownerId: string
  ordinal: number
}

interface Evidence {
  objects: Files
  /** Keys by everything up to their last slash. */
  byPrefix: ReadonlyMap<string, readonly string[]>
  streams: readonly HeardStream[]
  rules: OracleRules
}

/** One recording against what was spoken: every object it must have, byte for byte, and no further one. */
export async function checkRecording(expected: ExpectedRecording, known: KnownRecording | undefined, evidence: Evidence): Promise<Finding[]> {
  const { callId, ownerId, ordinal, kept, spans } = expected
  const pieces = spans.flatMap((span) => piecesOf(span, evidence.rules.segmentMs))
  if (known === undefined && (pieces.length === 0 || !kept)) return []
  const about = { recordingId: known?.recordingId ?? null, callId }
  if (known === undefined) return [{ ...about, atMs: pieces[0]?.[0] ?? null, message: `recording number ${ordinal} of ${ownerId} is missing` }]
  const prefix = `recordings/${expected.orgId}/${ownerId}/${known.recordingId}/`
  const keys = evidence.byPrefix.get(prefix) ?? []
  // A recording of nothing has not even a manifest.
  if (keys.length === 0 && (!kept || pieces.length === 0)) return []
  const wanted = new Map(pieces.map((piece, index) => [`${prefix}${String(index).padStart(5, '0')}.wav`, piece]))
  const findings: Finding[] = keys
    .filter((key) => !wanted.has(key) && (pieces.length === 0 || key !== `${prefix}manifest.json`))
    .map((key) => ({ ...about, atMs: null, message: `${nameOf(key)} is one object too many` }))
  if (pieces.length > 0 && !keys.includes(`${prefix}manifest.json`)) findings.push({ ...about, atMs: null, message: 'it has no manifest' })
  for (const [key, piece] of wanted) {
    const bytes = await evidence.objects.read(key)
    const wrong = bytes === null ? { atMs: piece[0], message: 'is missing' } : compare(bytes, expected, piece, evidence.streams)
    if (wrong !== null) findings.push({ ...about, atMs: wrong.atMs, message: `${nameOf(key)} ${wrong.message}` })
  }
  return findings
}

function nameOf(key: string): string {
  return key.slice(key.lastIndexOf('/') + 1)
}

/** An uninterrupted span as the objects that hold it. */
export function piecesOf([fromMs, toMs]: Span, segmentMs: number): Span[] {
  return Array.from({ length: Math.ceil((toMs - fromMs) / segmentMs) }, (_, i) => [fromMs + i * segmentMs, Math.min(toMs, fromMs + (i + 1) * segmentMs)])
}

function compare(
  file: Uint8Array,
  { format, participantIds }: ExpectedRecording,
  piece: Span,
  streams: readonly HeardStream[],
): { atMs: number | null; message: string } | null {
  let wav: ReturnType<typeof readWav>
  try {
    wav = readWav(file)
  } catch (error) {
    return { atMs: piece[0], message: `can’t be read: ${error instanceof Error ? error.message : String(error)}` }
  }
  if (wav.codec !== format.codec || wav.sampleRateHz !== format.sampleRateHz || wav.channels !== 2) {
    return {
      atMs: piece[0],
      message: `is ${wav.codec} at ${wav.sampleRateHz} Hz in ${wav.channels} channels, not ${format.codec} at ${format.sampleRateHz} Hz in 2`,
    }
  }
  const isNear = ({ stream }: HeardStream): boolean => stream.participantIds.some((id) => participantIds.has(id))
  const channels = {
    left: channelBytes(streams.filter(isNear), format, piece),
    right: channelBytes(
      streams.filter((heard) => !isNear(heard)),
      format,
      piece,
    ),
  }
  return firstDifference(wav.data, channels, format, piece)
}

function firstDifference(
  data: Uint8Array,
  { left, right }: { left: Uint8Array; right: Uint8Array },
  { codec, sampleRateHz }: Format,
  [fromMs]: Span,
): { atMs: number; message: string } | null {
  const width = sampleBytes(codec)
  const frames = left.length / width
  const toMs = (frame: number): number => Math.floor(fromMs + (frame * 1_000) / sampleRateHz)
  // Byte by byte without a detour: hours of audio are compared here.
  const bytes = Math.min(left.length, Math.floor(data.length / 2))
  for (let own = 0; own < bytes; own++) {
    const at = width === 1 ? 2 * own : 2 * own - (own % width)
    if (data[at] !== left[own]) return { atMs: toMs(Math.floor(own / width)), message: 'has something else on the left (near end) than was spoken' }
    if (data[at + width] !== right[own]) return { atMs: toMs(Math.floor(own / width)), message: 'has something else on the right (far end) than was spoken' }
  }
  if (data.length === 2 * left.length) return null
  return { atMs: toMs(Math.min(frames, data.length / width / 2)), message: `holds ${data.length / width / 2} samples a channel, not ${frames}` }
}
