import { channelBytes, sharedFormat, type HeardStream } from '@twinreel/oracle/call-audio'
import { decode } from '@twinreel/media/g711'
import { ownerFactReader } from '../language/expected-lines.ts'
import type { ExpectationResult, Span } from '../result.ts'
import type { WriteDifference } from './difference-wav.ts'
import type { RecordedPiece } from './recorded-audio.ts'

interface Heard {
  streams: readonly HeardStream[]
  isNear(streamId: string): boolean
  writeDifference: WriteDifference
}

/** Longer differences are written up to here: enough to hear what they are. */
const MOST_MS = 60_000

/** Where a span was captured that should not have been, or the other way round: what was said in it. */
export function withMissingAudio(result: ExpectationResult, heard: Heard): ExpectationResult {
  if (result.met || result.about !== 'timeline') return result
  const [expected, got] = [capturedIn(result.expected), capturedIn(result.got)]
  if (expected === null && got === null) return result
  const difference = apart(expected, got)
  if (difference === null) return result
  const wasCaptured = got !== null && difference[0] >= got[0] && difference[0] < got[1]
  const format = sharedFormat(
    heard.streams.map(({ stream }) => stream),
    difference[0],
  )
  const said = decode(channelBytes(heard.streams, format, difference), format.codec)
  const nothing = new Int16Array(said.length)
  return {
    ...result,
    differenceWav: wasCaptured ? heard.writeDifference(said, nothing, format.sampleRateHz) : heard.writeDifference(nothing, said, format.sampleRateHz),
  }
}

/** Where a recording holds something else than was said: both, from there to the end of the object. */
export function withWrongAudio(result: ExpectationResult, pieces: readonly RecordedPiece[], heard: Heard): ExpectationResult {
  const { atMs } = result
  const piece = pieces.find(({ fromMs, toMs }) => atMs !== null && fromMs <= atMs && atMs < toMs)
  if (result.met || piece === undefined) return result
  const { fromMs, toMs, format } = piece
  const channel = result.got?.includes('on the right') === true ? 'right' : 'left'
  const speakers = heard.streams.filter(({ stream }) => heard.isNear(stream.streamId) === (channel === 'left'))
  const expected = decode(channelBytes(speakers, format, [fromMs, toMs]), format.codec)
  return { ...result, differenceWav: heard.writeDifference(decode(piece[channel], format.codec), expected, format.sampleRateHz) }
}

function capturedIn(line: string | null): Span | null {
  const read = line === null ? null : ownerFactReader([])(line)
  return read?.ok === true && read.value.kind === 'captured' ? [read.value.fromMs, read.value.toMs] : null
}

/** The first part of the one that is not in the other. */
function apart(a: Span | null, b: Span | null): Span | null {
  if (a === null || b === null) return shortened(a ?? b)
  if (a[0] !== b[0]) return shortened([Math.min(a[0], b[0]), Math.max(a[0], b[0])])
  return a[1] === b[1] ? null : shortened([Math.min(a[1], b[1]), Math.max(a[1], b[1])])
}

function shortened(span: Span | null): Span | null {
  return span === null ? null : [span[0], Math.min(span[1], span[0] + MOST_MS)]
}
