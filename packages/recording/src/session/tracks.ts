import type { StreamDescription } from '@twinreel/contracts/call-events'
import type { MediaRun } from '@twinreel/contracts/media'
import { bytesPerSample, msToSamples, sameFormat, samplesToMs } from '@twinreel/media/format'
import { add, intersect, missing, subtract, total } from '@twinreel/media/intervals'
import { REMEMBERED_GAPS, type TrackState } from './state.ts'
import { patch, type Step } from './step.ts'

/** A jump of more than this is a broken clock, not a gap: taking it would seal everything that is still to come. */
export const MAX_JUMP_MS = 4 * 3_600_000

export function addStream(step: Step, stream: StreamDescription, atMs: number): void {
  const current = step.state.tracks[step.state.streams[stream.streamId] ?? '']
  if (current !== undefined && current.toMs === null) {
    const format = { codec: stream.codec, sampleRateHz: stream.sampleRateHz }
    if (sameFormat(current.format, format) && current.participantIds.join('\n') === stream.participantIds.join('\n')) return
    closeTrack(step, current.trackId, atMs)
  }
  const generation = Object.values(step.state.tracks).filter((track) => track.streamId === stream.streamId).length
  const track: TrackState = {
    trackId: `${stream.streamId}#${generation}`,
    streamId: stream.streamId,
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
  const track = step.state.tracks[trackId]
  if (track !== undefined) patch(step, { tracks: { ...step.state.tracks, [trackId]: { ...track, ...change } } })
}

export function closeTrack(step: Step, trackId: string, atMs: number): void {
  const track = step.state.tracks[trackId]
  if (track !== undefined && track.toMs === null) patchTrack(step, trackId, { toMs: Math.max(atMs, track.fromMs) })
}

/** Audio that came, told to the state by its interval alone: new, a repeat, or too late. */
export function placeRuns(step: Step, runs: readonly MediaRun[]): void {
  for (const [runIndex, run] of runs.entries()) {
    const track = step.state.tracks[step.state.streams[run.streamId] ?? '']
    if (track === undefined) {
      step.effects.push({ kind: 'dead-letter', reason: 'unknown-stream', detail: `run ${runIndex}: no stream of this call has that id` })
      continue
    }
    const fault = runFault(step, run, track)
    if (fault === null) placeRun(step, run, runIndex, track)
    else step.effects.push({ kind: 'dead-letter', reason: 'invalid-media', detail: `run ${runIndex}: ${fault}` })
  }
}

function runFault(step: Step, run: MediaRun, track: TrackState): string | null {
  const expected = run.sampleCount * bytesPerSample(track.format.codec)
  if (run.bytes.length !== expected) return `${run.bytes.length} bytes for ${run.sampleCount} samples of ${track.format.codec}, expected ${expected}`
  const fromMs = samplesToMs(run.offset, track.format.sampleRateHz)
  if (fromMs > step.state.clockMs + MAX_JUMP_MS) return `offset at ${fromMs} ms, more than four hours ahead of the call's clock`
  return null
}

function placeRun(step: Step, run: MediaRun, runIndex: number, track: TrackState): void {
  const { sampleRateHz } = track.format
  const [from, to] = [run.offset, run.offset + run.sampleCount]
  patch(step, {
    clockMs: Math.max(step.state.clockMs, samplesToMs(to, sampleRateHz)),
    ...(run.sampleCount > 0 ? { audioEndMs: Math.max(step.state.audioEndMs, Math.ceil((to * 1_000) / sampleRateHz)) } : {}),
  })
  if (run.sampleCount === 0) return
  const lateFrom = Math.min(to, Math.max(from, 0))
  const lateTo = Math.min(to, track.floorSample)
  const late = lateFrom < lateTo ? intersect(track.gaps, lateFrom, lateTo) : []
  const fresh = Math.max(from, track.floorSample) < to ? missing(track.received, Math.max(from, track.floorSample), to) : []
  const [lateCount, freshCount] = [total(late), total(fresh)]
  if (lateCount > 0) {
    const lateMs = Math.ceil((lateCount * 1_000) / sampleRateHz)
    patch(step, { lateMs: step.state.lateMs + lateMs })
    step.effects.push({ kind: 'counted', what: 'late-audio', amount: lateMs })
  }
  const repeated = run.sampleCount - lateCount - freshCount
  if (repeated > 0) step.effects.push({ kind: 'counted', what: 'duplicate-audio', amount: Math.ceil((repeated * 1_000) / sampleRateHz) })
  if (freshCount > 0) step.placed.push({ runIndex, trackId: track.trackId })
  if (freshCount === 0 && lateCount === 0) return
  patchTrack(step, track.trackId, {
    received: freshCount > 0 ? add(track.received, Math.max(from, track.floorSample), to) : track.received,
    gaps: late.reduce((gaps, [a, b]) => subtract(gaps, a, b), track.gaps),
  })
}

/** Nothing before `floorMs` is kept any more: what is missing below it is remembered as gaps, the rest is let go. */
export function raiseFloor(step: Step, floorMs: number): void {
  if (floorMs <= step.state.floorMs) return
  const tracks: Record<string, TrackState> = {}
  for (const [trackId, track] of Object.entries(step.state.tracks)) tracks[trackId] = raiseTrackFloor(track, floorMs)
  patch(step, { floorMs, tracks })
}

function raiseTrackFloor(track: TrackState, floorMs: number): TrackState {
  const floorSample = msToSamples(floorMs, track.format.sampleRateHz)
  if (floorSample <= track.floorSample) return track
  const [from, to] = activeSamples(track, track.floorSample, floorSample)
  const lost = from < to ? missing(track.received, from, to) : []
  const gaps = lost.reduce((set, [a, b]) => add(set, a, b), track.gaps).slice(-REMEMBERED_GAPS)
  return { ...track, floorSample, gaps, received: intersect(track.received, floorSample, Number.MAX_SAFE_INTEGER) }
}

/** The part of `[from, to)` in which the track should have audio. */
export function activeSamples(track: TrackState, from: number, to: number): readonly [number, number] {
  const { sampleRateHz } = track.format
  const end = Math.min(track.toMs === null ? to : msToSamples(track.toMs, sampleRateHz), track.finalSample ?? to, to)
  return [Math.max(from, msToSamples(track.fromMs, sampleRateHz)), end]
}
