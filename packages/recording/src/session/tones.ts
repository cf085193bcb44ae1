import { play } from './prompt-queue.ts'
import { TONE_EXPIRY_MS, type OwnerState } from './state.ts'
import { owner, ownerIds, patchOwner, type Step } from './step.ts'

/** Repeat tones that the media clock has reached. One tone serves every owner who records: each one's count starts again from it. */
export function tonesDue(step: Step): void {
  if (step.state.capabilities.prompts === 'none' || step.state.callType === 'emergency') return
  for (const ownerId of ownerIds(step)) {
    const { toneDueMs, machine } = owner(step, ownerId)
    if (machine.kind !== 'recording' || toneDueMs === null || step.state.clockMs < toneDueMs) continue
    const dueMs = latestDue(toneDueMs, toneIntervalMs(owner(step, ownerId)), step.state.clockMs)
    if (!step.state.prompts.some((open) => open.prompt === 'tone')) play(step, 'tone', dueMs, dueMs + TONE_EXPIRY_MS)
    for (const other of ownerIds(step)) {
      if (owner(step, other).toneDueMs !== null) patchOwner(step, other, { toneDueMs: dueMs + toneIntervalMs(owner(step, other)) })
    }
  }
}

/** After a jump of the clock only the last tone that fell due is worth playing. */
function latestDue(dueMs: number, intervalMs: number, clockMs: number): number {
  return dueMs + Math.floor((clockMs - dueMs) / intervalMs) * intervalMs
}

export function toneIntervalMs(current: OwnerState): number {
  return current.policy.settings.tone.intervalSeconds * 1_000
}
