import { encodeCallEvent, type WireMessage } from '@twinreel/contracts/messages'
import { timerAfterMs } from '@twinreel/recording/session/obligations'
import { SOURCE } from './effect-changes.ts'
import type { LiveSession } from './live-session.ts'

/** `timer.due` messages for calls that have said nothing for as long as they may. Each is sent once for the same silence. */
export function timersDue(sessions: Iterable<LiveSession>, nowMs: number): WireMessage[] {
  const due: WireMessage[] = []
  for (const session of sessions) {
    const { state } = session
    const afterMs = state === null ? null : timerAfterMs(state)
    if (state === null || afterMs === null) continue
    const silentMs = nowMs - session.lastHeardLogMs
    const name = `${session.callId}/t/${state.last.id}/${afterMs}`
    if (silentMs < afterMs || session.timerSent === name) continue
    session.timerSent = name
    due.push(
      encodeCallEvent(
        session.callId,
        'timer.due',
        { atMs: state.clockMs + Math.floor(silentMs), after: state.last },
        { id: name.slice(0, 256), source: SOURCE, timeMs: nowMs },
      ),
    )
  }
  return due
}
