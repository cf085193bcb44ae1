import { play } from './prompt-queue.ts'
import { TONE_EXPIRY_MS, type OwnerState } from './state.ts'
import { owner, ownerIds, patchOwner, type Step } from './step.ts'

/** Repeat tones that the media clock has reached. One tone serves every owner who records: each one's count starts again from it. */
export function tonesDue(step: Step): void {
  const { clockMs } = step.state
  for (const ownerId of ownerIds(step)) {
    const { toneDueMs } = owner(step, ownerId)
    if (toneDueMs === null || clockMs < toneDueMs) continue
    // The clock of a silent call jumps: a tone that would have expired already is played now, once, for all that the jump passed over.
    const atMs = clockMs < toneDueMs + TONE_EXPIRY_MS ? toneDueMs : clockMs
    play(step, 'tone', atMs, atMs + TONE_EXPIRY_MS)
    for (const other of ownerIds(step)) {
      if (owner(step, other).toneDueMs !== null) patchOwner(step, other, { toneDueMs: atMs + toneIntervalMs(owner(step, other)) })
    }
  }
}

export function toneIntervalMs(current: OwnerState): number {
  return current.policy.settings.tone.intervalSeconds * 1_000
}
