import { cameTo, isOverdue } from './asked.ts'
import type { CallWatch } from './call-watch.ts'

const IDLE_END_MS = 120_000
/** What was not answered is taken for over so late: somebody may wait in a queue. */
const UNANSWERED_END_MS = 30 * IDLE_END_MS
/** No organization has calls taken for over so early. */
const LEAST_IDLE_END_MS = 30_000

/** Nobody hears of it any more, as far as `nowMs` (UTC) tells. */
export function isSilent({ phase, lastAppendedMs }: CallWatch, nowMs: number): boolean {
  return lastAppendedMs !== null && nowMs - lastAppendedMs > (phase === 'started' ? UNANSWERED_END_MS : IDLE_END_MS)
}

/** A call whose end got lost is waited for no longer than a recorder does unless it is told otherwise. */
export function mayGoOn(call: CallWatch, nowMs: number): boolean {
  const isBegun = call.phase === 'started' || call.phase === 'answered' || (call.phase === 'unseen' && call.isPartial && call.last.position !== '')
  return isBegun && !call.isIdleEnded && !isSilent(call, nowMs)
}

/**
 * Whether a recorder's timer, which fires at `atMs` on the call's clock, says that the call is over: a gate or a prompt that is asked for ahead of a call's
 * clock may be waited for longer than some calls for their end.
 */
export function isIdleEnd(call: CallWatch, atMs: number): boolean {
  const silentMs = atMs - cameTo(call)
  return silentMs >= IDLE_END_MS || (silentMs >= LEAST_IDLE_END_MS && !isOverdue(call, atMs))
}
