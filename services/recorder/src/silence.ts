import { encodeCallEvent, type WireMessage } from '@twinreel/contracts/messages'
import { timerAfterMs } from '@twinreel/recording/session/obligations'
import { SOURCE } from './effect-changes.ts'
import type { LiveSession } from './live-session.ts'

/** What the wire allows for a moment of a call. */
const MAX_AT_MS = 7 * 24 * 3_600_000

export interface DueTimer {
  session: LiveSession
  /** Of this silence: to be remembered as sent once it is in the log. */
  name: string
  message: WireMessage
}

/** `timer.due` messages for calls that have said nothing, while the recorder was awake, for as long as they may, and were not told so yet. */
export function timersDue(sessions: Iterable<LiveSession>, { awakeMs, wallMs }: { awakeMs: number; wallMs: number }): DueTimer[] {
  const due: DueTimer[] = []
  for (const session of sessions) {
    const { state } = session
    const afterMs = state === null ? null : timerAfterMs(state)
    if (state === null || afterMs === null) continue
    const silentMs = awakeMs - session.heardAwakeMs
    const name = `${session.callId}/t/${state.last.id}/${afterMs}`
    if (silentMs < afterMs || session.timerSent === name) continue
    const atMs = Math.min(state.clockMs + Math.floor(silentMs), MAX_AT_MS)
    const options = { id: name.slice(0, 256), source: SOURCE, timeMs: wallMs }
    due.push({ session, name, message: encodeCallEvent(session.callId, 'timer.due', { atMs, after: state.last }, options) })
  }
  return due
}
