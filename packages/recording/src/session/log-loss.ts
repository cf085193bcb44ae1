import { endRecording } from './end-recording.ts'
import { over, tellOutcomes } from './ending.ts'
import type { Folded } from './fold.ts'
import { find } from './lookup.ts'
import { rememberLoss } from './lost-span.ts'
import { callSummary, sealReady } from './seal.ts'
import { LOG_LOST, liveRecording, type CallState } from './state.ts'
import { mark, owner, ownerIds, patch, patchOwner, patchRecording, reference, type Step } from './step.ts'

/** A recording that was going on, as it was written down. */
export interface BegunRecording {
  recordingId: string
  ownerId: string
  ordinal: number
  kept: boolean
  startedAtMs: number
  /** What of it is durable, and up to which call time; `null` while nothing is. */
  segments: number
  capturedMs: number
  sealedMs: number | null
}

/** What was written down of a call behind its checkpoint: the log that would tell it again may be lost. */
export interface WrittenDown {
  recordings: readonly BegunRecording[]
  /** Users whose policies applied to the call. */
  ownerIds: readonly string[]
}

const NOTHING: WrittenDown = { recordings: [], ownerIds: [] }

/**
 * The log no longer holds the audio that was not sealed yet. Each recording ends where it is sealed; the call may go on in further
 * recordings, and then the owner's next one says how much is missing. Nothing is silently reset. What began behind the checkpoint (`written`), and is in no state, ends too.
 */
export function endLost(state: CallState, written: WrittenDown = NOTHING): Folded {
  const step: Step = { state, effects: [], placed: [] }
  const unknown = written.recordings.filter((begun) => !isKnown(step, begun))
  for (const begun of written.recordings) {
    catchUp(step, begun)
    requestAgain(step, begun)
  }
  for (const ownerId of ownerIds(step)) loseUnsealed(step, ownerId)
  const goingOn = ownerIds(step).filter((ownerId) => liveRecording(owner(step, ownerId)) !== null)
  const adopted = unknown.filter((begun) => adopt(step, begun))
  if (state.phase === 'answered' || state.phase === 'ending' || adopted.length > 0) {
    if (state.phase === 'answered') over(step, state.floorMs, 'log-lost')
    for (const ownerId of new Set([...goingOn, ...adopted.map((begun) => begun.ownerId)])) rememberLoss(step, ownerId)
    if (state.phase !== 'silent') patch(step, { phase: state.phase === 'ending' ? 'closed' : 'silent' })
    sealReady(step, true)
    tellOutcomes(step, step.state.clockMs)
  }
  loseBeginnings(
    step,
    unknown.filter((begun) => !adopted.includes(begun)),
    written.ownerIds,
  )
  return { state: step.state, effects: step.effects, placed: step.placed }
}

function isKnown({ state }: Step, { ownerId, recordingId }: BegunRecording): boolean {
  return find(state.owners, ownerId)?.recordings.some((one) => one.recordingId === recordingId) === true
}

/** Of a recording that is known more may be written down: that the user wants it kept, and segments that are durable. */
function catchUp(step: Step, { ownerId, recordingId, kept, segments, capturedMs, sealedMs }: BegunRecording): void {
  const recording = find(step.state.owners, ownerId)?.recordings.find((one) => one.recordingId === recordingId)
  if (recording === undefined) return
  patchRecording(step, ownerId, recordingId, { kept: recording.kept || kept })
  if (sealedMs === null || segments <= recording.totals.segments) return
  const spans = recording.spans
    .filter((span) => span.toMs === null || span.toMs > sealedMs)
    .map((span) => ({ ...span, fromMs: Math.max(span.fromMs, sealedMs) }))
  patchRecording(step, ownerId, recordingId, { spans, sealedMs, nextIndex: segments, totals: { ...recording.totals, segments, capturedMs } })
  patch(step, { clockMs: Math.max(step.state.clockMs, sealedMs) })
}

/** Who pressed record where only the lost log tells of it has pressed it for the rest of his call too. */
function requestAgain(step: Step, { ownerId, kept }: BegunRecording): void {
  const current = find(step.state.owners, ownerId)
  if (kept && current?.policy.settings.mode === 'on-demand') patchOwner(step, ownerId, { keepRequested: true })
}

/** The owner is known, this recording of his is not. */
function adopt(step: Step, { recordingId, ownerId, ordinal, kept, startedAtMs, segments, capturedMs, sealedMs }: BegunRecording): boolean {
  const current = find(step.state.owners, ownerId)
  if (current === undefined) return false
  // The one before it had ended behind the checkpoint.
  endRecording(step, ownerId, step.state.floorMs, LOG_LOST.reason)
  const endedMs = Math.max(step.state.floorMs, sealedMs ?? startedAtMs - step.state.timeZeroMs)
  const recording = {
    recordingId,
    ordinal,
    kept,
    format: { codec: 'PCMU', sampleRateHz: 8_000 },
    spans: [],
    sealedMs: endedMs,
    nextIndex: segments,
    paused: [],
    marks: [],
    endedMs,
    endReason: LOG_LOST.reason,
    totals: { capturedMs, pausedMs: 0, heldMs: 0, lostMs: 0, segments, tones: 0, prompts: 0 },
  } as const
  patchOwner(step, ownerId, {
    ordinal: Math.max(current.ordinal, ordinal),
    recordings: [...owner(step, ownerId).recordings, recording],
    ...(capturedMs === 0 ? { failure: LOG_LOST } : {}),
  })
  return true
}

/** Who came into the call behind the checkpoint is not known here: his recording ends all the same, and should the log still tell of him, his next one is another. */
function loseBeginnings(step: Step, begun: readonly BegunRecording[], owners: readonly string[]): void {
  const strangers = [...new Set([...owners, ...begun.map(({ ownerId }) => ownerId)])].filter((ownerId) => find(step.state.owners, ownerId) === undefined)
  if (strangers.length === 0) return
  const lost = { ...step.state.lostBeginnings }
  for (const { recordingId, ownerId, ordinal, kept, startedAtMs, segments, capturedMs } of begun) {
    const before = find(lost, ownerId)
    lost[ownerId] = {
      ordinal: Math.max(before?.ordinal ?? 0, ordinal),
      recorded: before?.recorded === true || (kept && capturedMs > 0),
      ...(kept || before?.kept === true ? { kept: true } : {}),
    }
    step.effects.push({
      kind: 'recording.ended',
      ...reference(step, ownerId, recordingId),
      reason: LOG_LOST.reason,
      atMs: step.state.clockMs,
      endedAtMs: startedAtMs,
      totals: { capturedMs, pausedMs: 0, heldMs: 0, lostMs: 0, segments, tones: 0, prompts: 0 },
      kept,
      tail: { paused: [], marks: [] },
      call: callSummary(step.state),
    })
  }
  patch(step, { lostBeginnings: lost })
  for (const ownerId of strangers) {
    const isRecorded = find(lost, ownerId)?.recorded === true
    const outcome = isRecorded ? ({ outcome: 'recorded' } as const) : ({ outcome: 'failed', ...LOG_LOST } as const)
    step.effects.push({ kind: 'ledger', ownerId, orgId: step.state.orgId, outcome, lateMs: step.state.lateMs })
  }
  // It was answered: should nothing more come of it, it is over.
  if (step.state.phase === 'started') step.effects.push({ kind: 'call.closed', atMs: step.state.clockMs })
}

function loseUnsealed(step: Step, ownerId: string): void {
  for (const recording of owner(step, ownerId).recordings) {
    if (recording.spans.length === 0) continue
    // Both channels of everything that was captured and not sealed.
    const lostMs = 2 * recording.spans.reduce((sum, span) => sum + Math.max(0, (span.toMs ?? step.state.clockMs) - span.fromMs), 0)
    const [fromMs, toMs] = [recording.sealedMs, step.state.clockMs]
    if (recording.endedMs === null && toMs > fromMs) mark(step, ownerId, fromMs, { kind: 'log-lost', fromMs, toMs })
    patchRecording(step, ownerId, recording.recordingId, {
      spans: [],
      endReason: LOG_LOST.reason,
      totals: { ...recording.totals, lostMs: recording.totals.lostMs + lostMs },
    })
    if (recording.totals.capturedMs === 0) patchOwner(step, ownerId, { failure: LOG_LOST })
  }
}
