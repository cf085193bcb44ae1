import type { CallEvent } from '@twinreel/contracts/messages'
import type { CallState } from './state.ts'

/**
 * Call time of a message: what it says; else, from the publisher's own clock, the time since the answer; else where the call is. A control
 * has its own rule, where it cuts.
 */
export function callTimeMs(state: CallState, event: Exclude<CallEvent, { type: 'call.started' }>): number {
  if (event.type === 'media' || event.type === 'call.answered' || state.phase === 'started') return state.clockMs
  if (event.data.atMs !== undefined) return event.data.atMs
  if (event.timeMs === null) return state.clockMs
  return Math.max(0, event.timeMs - state.timeZeroMs)
}

/** From a user, not from the call's one ordered producer. */
export function isControl(event: CallEvent): boolean {
  return event.type.startsWith('control.')
}
