import { forgetWaiting } from './gate.ts'
import { liveRecording, type RecordingState } from './state.ts'
import { indicate, mark, owner, patchOwner, patchRecording, type Step } from './step.ts'

/** What is captured up to `atMs`; a piece that would begin later never was. */
export function cutSpans(spans: RecordingState['spans'], atMs: number): RecordingState['spans'] {
  return spans.filter((span) => span.fromMs < atMs).map((span) => (span.toMs === null || span.toMs > atMs ? { fromMs: span.fromMs, toMs: atMs } : span))
}

/** The owner's recording ends at `atMs`; it is finished when its last piece is sealed. Without a recording nothing happens. */
export function endRecording(step: Step, ownerId: string, atMs: number, reason: string): void {
  const current = owner(step, ownerId)
  const recording = liveRecording(current)
  patchOwner(step, ownerId, { toneDueMs: null, toneLeftMs: null })
  forgetWaiting(step, ownerId)
  if (recording === null) return
  const endMs = Math.max(atMs, recording.sealedMs, recording.spans.at(-1)?.fromMs ?? 0)
  const pausedMs = pausedSince(step, ownerId)
  patchRecording(step, ownerId, recording.recordingId, {
    spans: cutSpans(recording.spans, endMs),
    endedMs: endMs,
    endReason: reason,
    paused: pausedMs !== null && pausedMs < endMs ? [...recording.paused, [pausedMs, endMs]] : recording.paused,
    totals: { ...recording.totals, pausedMs: recording.totals.pausedMs + (pausedMs === null ? 0 : Math.max(0, endMs - pausedMs)) },
  })
  mark(step, ownerId, endMs, { kind: 'ended', reason })
  indicate(step, ownerId, 'off', endMs)
}

function pausedSince(step: Step, ownerId: string): number | null {
  const { machine } = owner(step, ownerId)
  if (machine.kind === 'paused') return machine.sinceMs
  return machine.kind === 'announcing' && machine.before === 'resume' ? machine.pausedMs : null
}

/** A stop that placed itself ahead of the clock can't lie behind the end of the call. */
export function endEarlier(step: Step, ownerId: string, atMs: number): void {
  for (const recording of owner(step, ownerId).recordings) {
    if (recording.endedMs === null || recording.endedMs <= atMs) continue
    const endedMs = Math.max(atMs, recording.sealedMs)
    const marks = recording.marks.map((one) => (one.what.kind === 'ended' ? { ...one, atMs: endedMs } : one))
    patchRecording(step, ownerId, recording.recordingId, { spans: cutSpans(recording.spans, endedMs), endedMs, marks })
  }
}
