import { add, intersect, total } from '@twinreel/media/intervals'
import { bounded, type CallWatch } from './call-watch.ts'

const MAX_HOLDING = 1_024
const MAX_HELD = 64

export function beginHold(call: CallWatch, participantId: string, atMs: number): void {
  if (!call.holding.has(participantId)) call.holding.set(participantId, atMs)
  bounded(call.holding, MAX_HOLDING)
}

/** False when there was none. */
export function endHold(call: CallWatch, participantId: string, atMs: number): boolean {
  const sinceMs = call.holding.get(participantId)
  if (sinceMs === undefined) return false
  call.holding.delete(participantId)
  call.held = add(call.held, sinceMs, atMs).slice(-MAX_HELD)
  return true
}

/** How much of a time nobody held the call: in a hold nothing need be sent, and a gap there is no loss. */
export function unheldMs({ held, holding }: CallWatch, fromMs: number, toMs: number): number {
  const since = Math.min(...holding.values())
  return Math.max(0, toMs - fromMs) - total(intersect(add(held, since, toMs), fromMs, toMs))
}
