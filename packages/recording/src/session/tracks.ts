import type { StreamDescription } from '@twinreel/contracts/call-events'
import type { MediaRun } from '@twinreel/contracts/media'
import { bytesPerSample, msToSamples, sameFormat, samplesToMs } from '@twinreel/media/format'
import { add, intersect, missing, subtract, total, type IntervalSet } from '@twinreel/media/intervals'
import { MAX_JUMP_MS, callTimeOf, clockFault, reachOf, type Reach, type RunFault } from './jump.ts'
import { find } from './lookup.ts'
import { MAX_PIECES, MAX_STREAMS, REMEMBERED_GAPS, type CallState, type TrackState } from './state.ts'
import { mark, ownerIds, patch, type Step } from './step.ts'

/** The track that a stream is just now. */
export function trackOf(state: CallState, streamId: string): TrackState | undefined {
  return find(state.tracks, find(state.streams, streamId) ?? '')
}

export function addStream(step: Step, stream: StreamDescription, atMs: number): void {
  const current = trackOf(step.state, stream.streamId)
  if (current === undefined && Object.keys(step.state.streams).length >= MAX_STREAMS) {
    step.effects.push({ kind: 'dead-letter', reason: 'too-large', detail: `more than ${MAX_STREAMS} streams in one call` })
    return
  }
  if (current !== undefined && current.toMs === null) {
    const format = { codec: stream.codec, sampleRateHz: stream.sampleRateHz }
    if (sameFormat(current.format, format) && current.participantIds.join('\n') === stream.participantIds.join('\n')) return
    closeTrack(step, current.trackId, atMs)
  }
  const generation = current === undefined ? 0 : current.generation + 1
  const track: TrackState = {
    trackId: `${stream.streamId}#${generation}`,
    streamId: stream.streamId,
    generation,
    participantIds: stream.participantIds,
    format: { codec: stream.codec, sampleRateHz: stream.sampleRateHz },
    fromMs: atMs,
    toMs: null,
    received: [],
    gaps: [],
    floorSample: msToSamples(Math.max(atMs, step.state.floorMs), stream.sampleRateHz),
    finalSample: null,
  }
  patch(step, { tracks: { ...step.state.tracks, [track.trackId]: track }, streams: { ...step.state.streams, [stream.streamId]: track.trackId } })
}

export function patchTrack(step: Step, trackId: string, change: Partial<TrackState>): void {
  const track = find(step.state.tracks, trackId)
  if (track !== undefined) patch(step, { tracks: { ...step.state.tracks, [trackId]: { ...track, ...change } } })
}

export function closeTrack(step: Step, trackId: string, atMs: number): void {
  const track = find(step.state.tracks, trackId)
  if (track !== undefined && track.toMs === null) patchTrack(step, trackId, { toMs: Math.max(atMs, track.fromMs) })
}

/**
 * Audio that came, told to the state by its interval alone: new, a repeat, or too late. What of a message can't be taken is told once,
 * for its first such run. Audio far ahead is taken only if its message was made then (`madeMs`, in call time), or if it goes on from what was refused just before.
 */
export function placeRuns(step: Step, runs: readonly MediaRun[], madeMs: number | null): void {
  const reachMs = reachOf(step.state, callTimes(step.state, runs))
  let [isTold, isTaken] = [false, false]
  let aheadMs: number | null = null
  for (const [runIndex, run] of runs.entries()) {
    const track = trackOf(step.state, run.streamId)
    const fault = track === undefined ? UNKNOWN_STREAM : runFault(step.state, run, track, { ms: Math.max(reachMs, step.state.clockMs), madeMs })
    if (track !== undefined && fault === null) {
      isTaken = true
      placeRun(step, run, runIndex, track)
      continue
    }
    if (typeof fault?.aheadMs === 'number') {
      aheadMs = Math.max(aheadMs ?? 0, fault.aheadMs)
      // Nothing is heard there, and a silent call is anywhere: the next goes on from it.
      if (step.state.phase === 'silent' && run.sampleCount === 0) continue
    }
    if (isTold) continue
    isTold = true
    step.effects.push({ kind: 'dead-letter', reason: track === undefined ? 'unknown-stream' : 'invalid-media', detail: `run ${runIndex}: ${fault?.detail}` })
  }
  patch(step, { aheadMs: isTaken ? null : (aheadMs ?? step.state.aheadMs) })
}

const UNKNOWN_STREAM: RunFault = { detail: 'no stream of this call has that id', aheadMs: null }

function callTimes(state: CallState, runs: readonly MediaRun[]): (readonly [number, number])[] {
  return runs.flatMap((run) => {
    const track = trackOf(state, run.streamId)
    return track === undefined ? [] : [callTimeOf(run, track)]
  })
}

function runFault(state: CallState, run: MediaRun, track: TrackState, reach: Reach): RunFault | null {
  const expected = run.sampleCount * bytesPerSample(track.format.codec)
  if (run.bytes.length !== expected)
    return { detail: `${run.bytes.length} bytes for ${run.sampleCount} samples of ${track.format.codec}, expected ${expected}`, aheadMs: null }
  const times = callTimeOf(run, track)
  const fault = clockFault(state, times, reach)
  if (fault !== null) return fault
  if (track.received.length >= MAX_PIECES && add(track.received, run.offset, run.offset + run.sampleCount).length > MAX_PIECES)
    return { detail: `at ${times[0]} ms, more than ${MAX_PIECES} gaps in unsealed audio`, aheadMs: null }
  return null
}

/**
 * Where audio of a call thought to be over can still be used, in these runs; `null` when there is none, only repeats, latecomers and runs
 * of no samples: those say that the call lives, and that nothing is heard of it. The call was silent, so it may well begin far ahead.
 */
export function freshFromMs(state: CallState, runs: readonly MediaRun[]): number | null {
  const starts = runs.flatMap((run) => {
    const track = trackOf(state, run.streamId)
    if (track === undefined || run.sampleCount === 0 || runFault(state, run, track, { ms: state.clockMs + MAX_JUMP_MS, madeMs: null }) !== null) return []
    const [fromMs, toMs] = callTimeOf(run, track)
    return toMs > state.floorMs ? [Math.max(state.floorMs, fromMs)] : []
  })
  return starts.length === 0 ? null : Math.min(...starts)
}

function placeRun(step: Step, run: MediaRun, runIndex: number, track: TrackState): void {
  const { sampleRateHz } = track.format
  const [from, to] = [run.offset, run.offset + run.sampleCount]
  patch(step, { clockMs: Math.max(step.state.clockMs, samplesToMs(to, sampleRateHz)) })
  if (run.sampleCount === 0) return
  patch(step, { audioEndMs: Math.max(step.state.audioEndMs, Math.ceil((to * 1_000) / sampleRateHz)) })
  const late = intersect(track.gaps, from, to)
  const fresh = missing(track.received, Math.max(from, track.floorSample), to)
  const repeated = run.sampleCount - total(late) - total(fresh)
  if (late.length > 0) tooLate(step, track, late)
  if (repeated > 0) step.effects.push({ kind: 'counted', what: 'duplicate-audio', amount: Math.ceil((repeated * 1_000) / sampleRateHz) })
  if (fresh.length > 0) step.placed.push({ runIndex, trackId: track.trackId })
  patchTrack(step, track.trackId, {
    received: add(track.received, Math.max(from, track.floorSample), to),
    gaps: late.reduce((gaps, [a, b]) => subtract(gaps, a, b), track.gaps),
  })
}

/** Audio that was missing when its piece was sealed: counted and told with its interval, never spliced in. */
function tooLate(step: Step, { streamId, format: { sampleRateHz } }: TrackState, late: IntervalSet): void {
  const amount = Math.ceil((total(late) * 1_000) / sampleRateHz)
  patch(step, { lateMs: step.state.lateMs + amount })
  step.effects.push({ kind: 'counted', what: 'late-audio', amount })
  for (const [from, to] of late) {
    const [fromMs, toMs] = [samplesToMs(from, sampleRateHz), Math.ceil((to * 1_000) / sampleRateHz)]
    for (const ownerId of ownerIds(step)) mark(step, ownerId, fromMs, { kind: 'late-audio', streamId, fromMs, toMs })
  }
}

/** Nothing before `floorMs` is kept any more: what is missing below it is remembered as gaps, the rest is let go. */
export function raiseFloor(step: Step, floorMs: number): void {
  if (floorMs <= step.state.floorMs) return
  const tracks: Record<string, TrackState> = {}
  for (const [trackId, track] of Object.entries(step.state.tracks)) {
    // What a stream was before it changed is of no use any more once all of it is sealed.
    const isPast = track.toMs !== null && track.toMs <= floorMs && find(step.state.streams, track.streamId) !== trackId
    if (!isPast) tracks[trackId] = raiseTrackFloor(track, floorMs)
  }
  patch(step, { floorMs, tracks })
}

function raiseTrackFloor(track: TrackState, floorMs: number): TrackState {
  const floorSample = msToSamples(floorMs, track.format.sampleRateHz)
  if (floorSample <= track.floorSample) return track
  const [from, to] = activeSamples(track, track.floorSample, floorSample)
  const gaps = missing(track.received, from, to)
    .reduce((set, [a, b]) => add(set, a, b), track.gaps)
    .slice(-REMEMBERED_GAPS)
  return { ...track, floorSample, gaps, received: intersect(track.received, floorSample, Number.MAX_SAFE_INTEGER) }
}

/** The part of `[from, to)` in which the track should have audio. */
export function activeSamples(track: TrackState, from: number, to: number): readonly [number, number] {
  const { sampleRateHz } = track.format
  const end = Math.min(track.toMs === null ? to : msToSamples(track.toMs, sampleRateHz), track.finalSample ?? to, to)
  return [Math.max(from, msToSamples(track.fromMs, sampleRateHz)), end]
}
