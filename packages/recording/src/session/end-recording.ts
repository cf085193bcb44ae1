import type { CallSpan } from '../facts.ts'
import { forgetWaiting } from './gate.ts'
import { liveRecording, type RecordingState } from './state.ts'
import { indicate, mark, owner, patchOwner, patchRecording, type Step } from './step.ts'

/** What is captured up to `atMs`; a piece that would begin later never was. */
export function cutSpans(spans: RecordingState['spans'], atMs: number): RecordingState['spans'] {
  return spans.filter((span) => span.fromMs < atMs).map((span) => (span.toMs === null || span.toMs > atMs ? { fromMs: span.fromMs, toMs: atMs } : span))
}

/** The owner's recording ends at `atMs`; it is finished when its last piece is sealed. Without a recording nothing happens. */
export function endRecording(step: Step, ownerId: string, atMs: number, reason: string): void {
  const recording = liveRecording(owner(step, ownerId))
  patchOwner(step, ownerId, { toneDueMs: null, toneLeftMs: null })
  forgetWaiting(step, ownerId)
  if (recording === null) return
  const endMs = Math.max(atMs, recording.sealedMs)
  const pausedMs = pausedSince(step, ownerId)
  const paused: RecordingState['paused'] = pausedMs === null ? recording.paused : [...recording.paused, [pausedMs, Math.max(pausedMs, endMs)]]
  patchRecording(step, ownerId, recording.recordingId, { ...cut(recording, paused, endMs), endReason: reason })
  mark(step, ownerId, endMs, { kind: 'ended', reason })
  indicate(step, ownerId, 'off', endMs)
}

/** A stop that placed itself ahead of the clock can't lie behind the end of the call. */
export function endEarlier(step: Step, ownerId: string, atMs: number): void {
  for (const recording of owner(step, ownerId).recordings) {
    if (recording.endedMs === null || recording.endedMs <= atMs) continue
    const endMs = Math.max(atMs, recording.sealedMs)
    const marks = recording.marks.map((one) => (one.what.kind === 'ended' ? { ...one, atMs: endMs } : one))
    patchRecording(step, ownerId, recording.recordingId, { ...cut(recording, recording.paused, endMs), marks })
  }
}

/** Controls may have placed themselves a little ahead: nothing of theirs lies behind the end. */
function cut(recording: RecordingState, paused: RecordingState['paused'], endMs: number): Pick<RecordingState, 'spans' | 'paused' | 'endedMs' | 'totals'> {
  const within = paused.flatMap(([from, to]): CallSpan[] => (from < Math.min(to, endMs) ? [[from, Math.min(to, endMs)]] : []))
  const pausedMs = recording.totals.pausedMs + length(within) - length(recording.paused)
  return { spans: cutSpans(recording.spans, endMs), paused: within, endedMs: endMs, totals: { ...recording.totals, pausedMs } }
}

function length(spans: readonly CallSpan[]): number {
  return spans.reduce((sum, [from, to]) => sum + to - from, 0)
}

/** Of an owner with a live recording: whoever announces then is about to resume. */
function pausedSince(step: Step, ownerId: string): number | null {
  const { machine } = owner(step, ownerId)
  if (machine.kind === 'paused') return machine.sinceMs
  return machine.kind === 'announcing' ? machine.pausedMs : null
}
