import { msToSamples } from '@twinreel/media/format'
import { add, intersect, missing, subtract, total, type IntervalSet } from '@twinreel/media/intervals'
import type { CallSummary } from '../effects.ts'
import type { CallSpan, Loss } from '../facts.ts'
import type { Segment, TrackSpan } from '../segment.ts'
import { TRAIL_MS, type CallState, type OwnerState, type RecordingState, type TrackState } from './state.ts'
import { owner, ownerIds, patchOwner, patchRecording, reference, type Step } from './step.ts'
import { activeSamples, raiseFloor } from './tracks.ts'

/** Seals every piece whose time has come and ends recordings that have nothing left. `settled`: nothing more is waited for. */
export function sealReady(step: Step, settled: boolean): void {
  for (const ownerId of ownerIds(step)) {
    for (const { recordingId } of owner(step, ownerId).recordings) sealRecording(step, ownerId, recordingId, settled)
  }
  raiseFloor(step, floor(step.state))
}

function sealRecording(step: Step, ownerId: string, recordingId: string, settled: boolean): void {
  for (;;) {
    const recording = owner(step, ownerId).recordings.find((r) => r.recordingId === recordingId)
    if (recording === undefined) return
    const piece = nextPiece(step.state, owner(step, ownerId), recording, settled)
    if (piece === null) {
      if (recording.endedMs !== null && recording.spans.length === 0 && hasCome(step.state, recording.endedMs))
        finish(step, ownerId, recording, recording.endedMs)
      return
    }
    sealPiece(step, ownerId, recording, piece)
  }
}

/** A recording whose end lies ahead of the clock waits for it: its call may end before. */
function hasCome({ phase, clockMs }: CallState, endedMs: number): boolean {
  return clockMs >= endedMs || phase !== 'answered'
}

/** The recording's next segment if it may be sealed now: full or closed, and the clock far enough past it, or everything of it here and the call over. */
function nextPiece(state: CallState, current: OwnerState, recording: RecordingState, settled: boolean): CallSpan | null {
  const [span] = recording.spans
  if (span === undefined) return null
  const fullMs = span.fromMs + current.policy.rules.segmentSeconds * 1_000
  const toMs = Math.min(fullMs, span.toMs ?? fullMs)
  if (state.clockMs > toMs + TRAIL_MS) return [span.fromMs, toMs]
  if (span.toMs === null) return null
  return settled || (state.phase === 'ending' && complete(state, span.fromMs, toMs)) ? [span.fromMs, toMs] : null
}

/**
 * Nothing is missing, or nothing that will come. Whoever is on hold sends nothing, but not everybody who is heard during a hold is on hold: what is missing of the last
 * moments may still be on its way.
 */
function complete(state: CallState, fromMs: number, toMs: number): boolean {
  const held = heldWithin(state, fromMs, Math.min(toMs, state.clockMs - TRAIL_MS))
  return Object.values(state.tracks).every((track) => lossesOf(track, 'near', fromMs, toMs, held).length === 0)
}

function missingSamples(track: TrackState, fromMs: number, toMs: number): IntervalSet {
  const { sampleRateHz } = track.format
  const [from, to] = activeSamples(track, msToSamples(fromMs, sampleRateHz), msToSamples(toMs, sampleRateHz))
  return missing(track.received, from, to)
}

function sealPiece(step: Step, ownerId: string, recording: RecordingState, [fromMs, toMs]: CallSpan): void {
  const current = owner(step, ownerId)
  const held = heldWithin(step.state, fromMs, toMs)
  const tracks = Object.values(step.state.tracks).filter((track) => track.fromMs < toMs && (track.toMs === null || track.toMs > fromMs))
  const near = tracks.filter((track) => track.participantIds.some((id) => current.participantIds.includes(id)))
  const far = tracks.filter((track) => !near.includes(track))
  const losses = [
    ...near.flatMap((track) => lossesOf(track, 'near', fromMs, toMs, held)),
    ...far.flatMap((track) => lossesOf(track, 'far', fromMs, toMs, held)),
  ]
  const segment: Segment = {
    ...reference(step, ownerId, recording.recordingId),
    index: recording.nextIndex,
    fromMs,
    toMs,
    format: recording.format,
    near: near.map(describe),
    far: far.map(describe),
    losses,
    held,
    paused: recording.paused.filter(([from]) => from < toMs),
    marks: recording.marks.filter((mark) => mark.atMs < toMs),
  }
  step.effects.push({ kind: 'segment.sealed', segment })
  patchRecording(step, ownerId, recording.recordingId, {
    nextIndex: recording.nextIndex + 1,
    sealedMs: toMs,
    spans: afterPiece(recording.spans, toMs),
    paused: recording.paused.filter(([from]) => from >= toMs),
    marks: recording.marks.filter((mark) => mark.atMs >= toMs),
    totals: {
      ...recording.totals,
      capturedMs: recording.totals.capturedMs + toMs - fromMs,
      heldMs: recording.totals.heldMs + total(held),
      lostMs: recording.totals.lostMs + losses.reduce((sum, loss) => sum + loss.toMs - loss.fromMs, 0),
      segments: recording.totals.segments + 1,
    },
  })
}

function describe({ trackId, streamId, participantIds, format, fromMs, toMs }: TrackState): TrackSpan {
  return { trackId, streamId, participantIds, format, fromMs, toMs }
}

/** What of them lies behind a piece that began with the first and ends at `toMs`. */
function afterPiece(spans: RecordingState['spans'], toMs: number): RecordingState['spans'] {
  return spans.flatMap((span) => (span.toMs === toMs ? [] : [{ fromMs: Math.max(span.fromMs, toMs), toMs: span.toMs }]))
}

/** Gaps in a stream that should have been there. Whoever is on hold sends nothing, which is no loss. */
function lossesOf(track: TrackState, channel: 'near' | 'far', fromMs: number, toMs: number, held: IntervalSet): Loss[] {
  const { sampleRateHz } = track.format
  const lost = missingSamples(track, fromMs, toMs).reduce<IntervalSet>(
    (set, [from, to]) => add(set, Math.floor((from * 1_000) / sampleRateHz), Math.ceil((to * 1_000) / sampleRateHz)),
    [],
  )
  return held
    .reduce<IntervalSet>((set, [from, to]) => subtract(set, from, to), intersect(lost, fromMs, toMs))
    .map(([from, to]) => ({ channel, streamId: track.streamId, fromMs: from, toMs: to }))
}

function heldWithin(state: CallState, fromMs: number, toMs: number): IntervalSet {
  const open = Object.values(state.holding).reduce<IntervalSet>((set, since) => add(set, since, toMs), state.held)
  return intersect(open, fromMs, toMs)
}

function finish(step: Step, ownerId: string, recording: RecordingState, endedMs: number): void {
  const current = owner(step, ownerId)
  patchOwner(step, ownerId, {
    recordings: current.recordings.filter((r) => r.recordingId !== recording.recordingId),
    recorded: current.recorded || (recording.kept && recording.totals.capturedMs > 0),
    notKept: current.notKept || !recording.kept,
  })
  step.effects.push({
    kind: 'recording.ended',
    ...reference(step, ownerId, recording.recordingId),
    reason: recording.endReason ?? 'call-ended',
    atMs: endedMs,
    endedAtMs: step.state.timeZeroMs + endedMs,
    totals: recording.totals,
    kept: recording.kept,
    tail: { paused: recording.paused, marks: recording.marks },
    call: callSummary(step.state),
  })
}

export function callSummary({ callType, correlationId, timeZeroMs, participants }: CallState): CallSummary {
  return {
    callType,
    correlationId,
    timeZeroMs,
    participants: Object.values(participants).map(({ participant, ownerId: userId, joinedMs, leftMs }) => ({
      participantId: participant.participantId,
      role: participant.role,
      userId,
      joinedMs,
      leftMs,
    })),
  }
}

/** Audio before this is needed by nobody: every recording has sealed it, no control may reach back to it, and no prompt that is still playing will have ended before it. */
function floor(state: CallState): number {
  const owners = Object.values(state.owners)
  const waits = owners.flatMap(({ machine }) => (machine.kind === 'announcing' ? [machine.fromMs] : []))
  const starts = [...waits, ...owners.flatMap((current) => current.recordings.flatMap((recording) => recording.spans.map((span) => span.fromMs)))]
  const trailing = state.phase === 'answered' ? state.clockMs - TRAIL_MS : state.clockMs
  return Math.max(0, Math.min(trailing, ...starts))
}
