import { over, tellOutcomes } from './ending.ts'
import type { Folded } from './fold.ts'
import { sealReady } from './seal.ts'
import type { CallState } from './state.ts'
import { mark, owner, ownerIds, patch, patchOwner, patchRecording, type Step } from './step.ts'

/**
 * The log no longer holds the audio that was not sealed yet. Each recording ends where it is sealed, and says what is missing; the
 * call may go on in further recordings. Nothing is silently reset.
 */
export function endLost(state: CallState): Folded {
  const step: Step = { state, effects: [], placed: [] }
  for (const ownerId of ownerIds(step)) loseUnsealed(step, ownerId)
  if (state.phase === 'answered' || state.phase === 'ending') {
    if (state.phase === 'answered') over(step, state.floorMs, 'log-lost')
    patch(step, { phase: state.phase === 'ending' ? 'closed' : 'silent' })
    sealReady(step, true)
    tellOutcomes(step, step.state.clockMs)
  }
  return { state: step.state, effects: step.effects, placed: step.placed }
}

function loseUnsealed(step: Step, ownerId: string): void {
  for (const recording of owner(step, ownerId).recordings) {
    if (recording.spans.length === 0) continue
    // Both channels of everything that was captured and not sealed.
    const lostMs = 2 * recording.spans.reduce((sum, span) => sum + Math.max(0, (span.toMs ?? step.state.clockMs) - span.fromMs), 0)
    if (recording.endedMs === null) mark(step, ownerId, recording.sealedMs, { kind: 'log-lost', fromMs: recording.sealedMs, toMs: step.state.clockMs })
    patchRecording(step, ownerId, recording.recordingId, {
      spans: [],
      endReason: 'log-lost',
      totals: { ...recording.totals, lostMs: recording.totals.lostMs + lostMs },
    })
    if (recording.totals.capturedMs === 0) patchOwner(step, ownerId, { failure: { reason: 'log-lost', behavior: 'none' } })
  }
}
