import type { StreamDescription } from '@twinreel/contracts/call-events'
import type { MediaRun } from '@twinreel/contracts/media'
import { bytesPerSample, msToSamples, sameFormat, samplesToMs } from '@twinreel/media/format'
import { add, intersect, missing, subtract, total, type IntervalSet } from '@twinreel/media/intervals'
import { MAX_JUMP_MS, callTimeOf, clockFault, invalid, type RunFault } from './jump.ts'
import { find } from './lookup.ts'
import { MAX_PIECES, MAX_STREAMS, REMEMBERED_GAPS, type CallState, type TrackState } from './state.ts'
import { mark, ownerIds, patch, type Placed, type Step } from './step.ts'

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

/** Why a run of this track can't be taken; `null` when it can. `reachMs`: how far the call has come. */
export function runFault(state: CallState, run: MediaRun, track: TrackState, reachMs: number): RunFault | null {
  const expected = run.sampleCount * bytesPerSample(track.format.codec)
  if (run.bytes.length !== expected) return invalid(`${run.bytes.length} bytes for ${run.sampleCount} samples of ${track.format.codec}, expected ${expected}`)
  const times = callTimeOf(run, track)
  const fault = clockFault(state, times, reachMs)
  if (fault !== null) return fault
  if (track.received.length >= MAX_PIECES && add(track.received, run.offset, run.offset + run.sampleCount).length > MAX_PIECES)
    return invalid(`at ${times[0]} ms, more than ${MAX_PIECES} gaps in unsealed audio`)
  return null
}

/**
 * Where audio of a call thought to be over can still be used, in these runs; `null` when there is none, only repeats, latecomers and runs
 * of no samples: those say that the call lives, and that nothing is heard of it. The call was silent, so it may well begin far ahead.
 */
export function freshFromMs(state: CallState, runs: readonly MediaRun[]): number | null {
  const starts = runs.flatMap((run) => {
    const track = trackOf(state, run.streamId)
    if (track === undefined || run.sampleCount === 0 || runFault(state, run, track, state.clockMs + MAX_JUMP_MS) !== null) return []
    const [fromMs, toMs] = callTimeOf(run, track)
    return toMs > state.floorMs ? [Math.max(state.floorMs, fromMs)] : []
  })
  return starts.length === 0 ? null : Math.min(...starts)
}

/** Audio that came, told to the state by its interval alone: new, a repeat, or too late. */
export function placeRun(step: Step, { from, to, ...run }: Placed & { from: number; to: number }): void {
  const track = find(step.state.tracks, run.trackId)
  if (track === undefined) return
  const { sampleRateHz } = track.format
  patch(step, { clockMs: Math.max(step.state.clockMs, samplesToMs(to, sampleRateHz)) })
  if (from === to) return
  patch(step, { audioEndMs: Math.max(step.state.audioEndMs, Math.ceil((to * 1_000) / sampleRateHz)) })
  const late = intersect(track.gaps, from, to)
  const fresh = missing(track.received, Math.max(from, track.floorSample), to)
  const repeated = to - from - total(late) - total(fresh)
  if (late.length > 0) tooLate(step, track, late)
  countRepeat(step, track, repeated)
  if (fresh.length > 0) step.placed.push(run)
  patchTrack(step, track.trackId, {
    received: add(track.received, Math.max(from, track.floorSample), to),
    gaps: late.reduce((gaps, [a, b]) => subtract(gaps, a, b), track.gaps),
  })
}

export function countRepeat(step: Step, { format: { sampleRateHz } }: TrackState, samples: number): void {
  if (samples > 0) step.effects.push({ kind: 'counted', what: 'duplicate-audio', amount: Math.ceil((samples * 1_000) / sampleRateHz) })
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
