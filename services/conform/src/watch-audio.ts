import type { MediaRun } from '@twinreel/contracts/media'
import type { CallEvent } from '@twinreel/contracts/messages'
import { bytesPerSample, msToSamples, samplesToMs } from '@twinreel/media/format'
import { add, intersect, subtract, total } from '@twinreel/media/intervals'
import { blame, type CallWatch, type StreamWatch } from './call-watch.ts'
import { told } from './told.ts'
import { unheldMs } from './watch-hold.ts'
import { seconds, watchTimeZero } from './watch-time.ts'

type Media = Extract<CallEvent, { type: 'media' }>
interface At {
  id: string
  position: string
  /** When the message was made, on the call's clock by its publisher's; `null` when that is not known. */
  madeMs: number | null
}

const JUMP_MS = 10_000
const FAR_AHEAD_MS = 30_000
/** Sealing trails the newest audio by so much. */
const SEALED_MS = 2_000
const APART_MS = 2_000
const BATCH_MOST_MS = 5_000
const MAX_GAPS = 64
/** Two seconds at 8 kHz say enough about the order of bytes. */
const HEARD_SAMPLES = 16_000

export function watchMedia(call: CallWatch, event: Media, position: string, appendedMs: number | null): void {
  if (event.sealed !== undefined) {
    call.isSealed = true
    return
  }
  const madeMs = event.timeMs === null || call.timeZeroMs === null ? null : event.timeMs - call.timeZeroMs
  const at = { id: event.id, position, madeMs }
  const ends = new Map<StreamWatch, number>()
  const spans = new Map<StreamWatch, readonly [number, number]>()
  for (const run of event.runs) {
    const stream = call.streams.get(run.streamId)
    if (stream === undefined) {
      if (!call.isPartial) blame(call, 'unknown-stream', at, told`stream ${run.streamId}`)
      continue
    }
    if (!watchRun(call, stream, run, at)) continue
    const { sampleRateHz } = stream
    const endMs = samplesToMs(run.offset + run.sampleCount, sampleRateHz)
    ends.set(stream, endMs)
    call.clockMs = Math.max(call.clockMs, samplesToMs(stream.clock, sampleRateHz))
    if (run.sampleCount === 0) continue
    spans.set(stream, [Math.min(spans.get(stream)?.[0] ?? Infinity, samplesToMs(run.offset, sampleRateHz)), endMs])
  }
  if (ends.size === 0) return
  const furthestMs = Math.max(...ends.values())
  if (furthestMs - Math.min(...ends.values()) > APART_MS) blame(call, 'streams-apart', at, told`${seconds(furthestMs - Math.min(...ends.values()))} apart`)
  if (!call.isPartial) watchTimeZero(call, event.timeMs, furthestMs, at, 'media')
  for (const [stream, endMs] of ends) keepPace(stream, event.timeMs ?? appendedMs, endMs)
  if (spans.size > 0) countBatch(call, event.runs, Math.max(...spans.values().map(([from, to]) => to - from)), at)
}

/** False when nothing can be said of where it lies. */
function watchRun(call: CallWatch, stream: StreamWatch, run: MediaRun, at: At): boolean {
  const { sampleRateHz, codec } = stream
  const name = told`stream ${stream.streamId}`
  stream.runs++
  if (run.bytes.length !== run.sampleCount * bytesPerSample(codec)) {
    blame(call, 'wrong-sample-size', at, told`${name}: ${run.bytes.length} bytes for ${run.sampleCount} samples of ${codec}`)
    return false
  }
  const [fromMs, endMs] = [samplesToMs(run.offset, sampleRateHz), samplesToMs(run.offset + run.sampleCount, sampleRateHz)]
  watchGate(call, run, fromMs, endMs, at)
  const leftMs = Math.max(...stream.participantIds.map((id) => call.participants.get(id)?.leftMs ?? Infinity))
  if (run.sampleCount > 0 && endMs > leftMs + 1_000) blame(call, 'media-of-somebody-left', at, told`${name}: until ${endMs} ms, the last left at ${leftMs} ms`)
  if (hasRiffHeader(run.bytes)) blame(call, 'wav-header-in-audio', at, told`${name}: RIFF at its beginning`)
  listen(stream, run)
  return place(call, stream, run, at)
}

/** Where the run lies against what the stream had before. */
function place(call: CallWatch, stream: StreamWatch, run: MediaRun, at: At): boolean {
  const { sampleRateHz } = stream
  const [from, to] = [run.offset, run.offset + run.sampleCount]
  const toMs = (samples: number): number => samplesToMs(samples, sampleRateHz)
  const name = told`stream ${stream.streamId}`
  const isFirst = stream.runs === 1
  // As the recorder has it: an event's time says where the call is, too, and what was made then is no wrong offset.
  const reachMs = Math.max(call.clockMs, call.lastAtMs)
  const isMadeThen = at.madeMs !== null && toMs(from) <= at.madeMs + FAR_AHEAD_MS && toMs(to) >= at.madeMs - FAR_AHEAD_MS
  if (toMs(from) > reachMs + FAR_AHEAD_MS && !isMadeThen && from !== stream.ahead && !(isFirst && call.isPartial)) {
    blame(call, 'offset-far-ahead', at, told`${name}: ${from} is ${seconds(toMs(from) - reachMs)} ahead of the call`)
    stream.ahead = to
    return false
  }
  if (isFirst && call.isPartial) stream.clock = from
  if (isFirst && stream.fromMs > SEALED_MS && toMs(from) < stream.fromMs - SEALED_MS) {
    blame(call, 'media-not-from-time-zero', at, told`${name}: begins at ${toMs(from)} ms, but joined at ${stream.fromMs} ms`)
    stream.clock = from
  }
  stream.ahead = null
  if (from >= stream.clock) {
    const gapMs = unheldMs(call, toMs(stream.clock), toMs(from))
    if (gapMs > JUMP_MS && run.sampleCount > 0) {
      if (isFirst) blame(call, 'media-not-from-time-zero', at, told`${name}: begins ${seconds(gapMs)} late, at offset ${from}`)
      else blame(call, 'offset-jump', at, told`${name}: ${seconds(gapMs)} before offset ${from}`)
    }
    // Behind runs of no samples there may still be something to come.
    if (from > stream.sampleEnd) stream.gaps = add(stream.gaps, stream.sampleEnd, from).slice(-MAX_GAPS)
  } else if (run.sampleCount === 0) {
    if (toMs(stream.clock - from) > SEALED_MS) blame(call, 'offset-backwards', at, told`${name}: back by ${seconds(toMs(stream.clock - from))} to ${from}`)
    return true
  } else backwards(call, stream, from, to, at)
  stream.gaps = subtract(stream.gaps, from, to)
  stream.clock = Math.max(stream.clock, to)
  stream.sampleEnd = Math.max(stream.sampleEnd, to)
  return true
}

function backwards(call: CallWatch, stream: StreamWatch, from: number, to: number, at: At): void {
  const missing = total(intersect(stream.gaps, from, to)) + Math.max(0, to - Math.max(from, stream.sampleEnd))
  const backMs = samplesToMs(stream.clock - from, stream.sampleRateHz)
  const name = told`stream ${stream.streamId}`
  if (missing < to - from && backMs > SEALED_MS) blame(call, 'offset-backwards', at, told`${name}: back by ${seconds(backMs)} to ${from}`)
  else if (missing < to - from) blame(call, 'offset-overlap', at, told`${name}: ${to - from - missing} samples at ${from} were there`)
  else if (samplesToMs(stream.clock - to, stream.sampleRateHz) > SEALED_MS) blame(call, 'media-late', at, told`${name}: ${seconds(backMs)} behind, at ${from}`)
  // Behind a run of no samples audio may come a moment later.
  else if (from < stream.sampleEnd) blame(call, 'media-out-of-order', at, told`${name}: ${from} came after ${stream.sampleEnd}`)
}

function watchGate(call: CallWatch, run: MediaRun, fromMs: number, endMs: number, at: At): void {
  if (run.sampleCount === 0) return
  const { closedMs, shut } = call.gate
  const isInside = (closedMs !== null && endMs > closedMs + 1) || (shut !== null && endMs > shut[0] + 1 && fromMs < shut[1] - 1)
  if (isInside) blame(call, 'media-after-gate-closed', at, told`stream ${run.streamId}: ${fromMs} to ${endMs} ms, shut since ${closedMs ?? shut?.[0] ?? 0} ms`)
}

function keepPace(stream: StreamWatch, timeMs: number | null, audioMs: number): void {
  if (timeMs === null) return
  if (stream.pace === null) stream.pace = { firstMs: timeMs, firstAudioMs: audioMs, lastMs: timeMs, lastAudioMs: audioMs }
  else if (timeMs >= stream.pace.lastMs) Object.assign(stream.pace, { lastMs: timeMs, lastAudioMs: audioMs })
}

function countBatch(call: CallWatch, runs: readonly MediaRun[], spanMs: number, at: At): void {
  if (spanMs > BATCH_MOST_MS) blame(call, 'batch-too-large', at, told`${seconds(spanMs)} in one message`)
  call.batches.audio++
  call.batches.spanMs += spanMs
  const [streamId, ...others] = new Set(runs.map((run) => run.streamId))
  if (call.streams.size < 2) return
  // Where one side alone is heard for a while, its messages have no other's audio to take along.
  if (others.length > 0) call.batches.several++
  else if (streamId !== call.batches.lastSingle) call.batches.single++
  call.batches.lastSingle = others.length > 0 ? null : (streamId ?? null)
}

/** Speech is smooth: read in the wrong order of bytes it is noise. */
function listen(stream: StreamWatch, { bytes }: MediaRun): void {
  const { roughness } = stream
  if (stream.codec !== 'L16' || roughness.samples >= HEARD_SAMPLES) return
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (let at = 2; at + 1 < bytes.length && roughness.samples < HEARD_SAMPLES; at += 2, roughness.samples++) {
    roughness.big += Math.abs(view.getInt16(at) - view.getInt16(at - 2))
    roughness.little += Math.abs(view.getInt16(at, true) - view.getInt16(at - 2, true))
  }
}

function hasRiffHeader(bytes: Uint8Array): boolean {
  return bytes[0] === 0x52 && bytes[1] === 0x49 && bytes[2] === 0x46 && bytes[3] === 0x46
}

/** A stream's clock begins where the call's is. */
export function openStreamWatch(
  { streamId, participantIds, codec, sampleRateHz }: Pick<StreamWatch, 'streamId' | 'participantIds' | 'codec' | 'sampleRateHz'>,
  fromMs: number,
): StreamWatch {
  const clock = msToSamples(fromMs, sampleRateHz)
  return {
    streamId,
    participantIds,
    codec,
    sampleRateHz,
    fromMs,
    clock,
    sampleEnd: clock,
    gaps: [],
    ahead: null,
    runs: 0,
    pace: null,
    roughness: { big: 0, little: 0, samples: 0 },
  }
}
