import type { CallEvent } from '@twinreel/contracts/messages'
import { blame, type CallWatch } from './call-watch.ts'
import { told } from './told.ts'

/** A machine's clock without NTP is further off than this; a log's and a publisher's are not. */
const AHEAD_MS = 60_000
/** A platform keeps what it has to say for ten minutes while the log is away. */
const BEHIND_MS = 15 * 60_000
/** Messages of a call may cross by less. */
const BACK_MS = 3_000
const AT_MS_BACK_MS = 500
const EVENT_AHEAD_MS = 30_000
const MISMATCH_MS = 5_000
const LIVE_SIGN_MS = 10_500
const IDLE_END_MS = 120_000

export function watchTime(call: CallWatch, event: CallEvent, position: string, appendedMs: number | null): void {
  const at = { id: event.id, position }
  const isControl = event.type.startsWith('control.')
  // Whoever waits for the answer to each event may keep the call's clock standing until then.
  if (event.timeMs !== null && appendedMs !== null && !event.awaits) {
    const aheadMs = event.timeMs - appendedMs
    if (aheadMs > AHEAD_MS) blame(call, 'time-in-future', at, told`ce_time is ${seconds(aheadMs)} ahead of the log`)
    if (-aheadMs > BEHIND_MS) blame(call, 'time-in-past', at, told`ce_time is ${seconds(-aheadMs)} behind the log`)
  }
  // A control may come from elsewhere, with a clock of its own.
  if (isControl) return
  watchSilence(call, event, position, appendedMs)
  if (event.timeMs !== null) {
    if (call.lastTimeMs !== null && event.timeMs < call.lastTimeMs - BACK_MS)
      blame(call, 'time-backwards', at, told`ce_time is ${seconds(call.lastTimeMs - event.timeMs)} before that of an earlier message`)
    call.lastTimeMs = Math.max(call.lastTimeMs ?? event.timeMs, event.timeMs)
  }
  if (event.type === 'media' && event.timeMs === null) blame(call, 'media-without-time', at, told`nothing says when it was made`)
  if (event.type === 'media' || event.type === 'call.started' || event.type === 'call.answered') return
  const atMs = 'atMs' in event.data && typeof event.data.atMs === 'number' ? event.data.atMs : null
  if (atMs === null) {
    if (event.timeMs === null) blame(call, 'event-without-time', at, told`${event.type} has neither`)
    return
  }
  if (atMs < call.lastAtMs - AT_MS_BACK_MS) blame(call, 'at-ms-backwards', at, told`${event.type} at ${atMs}, after one at ${call.lastAtMs}`)
  call.lastAtMs = Math.max(call.lastAtMs, atMs)
  if (call.phase !== 'answered' || call.isPartial) return
  if (event.type === 'call.ended' && atMs < call.clockMs - 2_000) blame(call, 'end-before-audio', at, told`ended at ${atMs}, audio until ${call.clockMs}`)
  else if (atMs > call.clockMs + EVENT_AHEAD_MS && !call.isSealed)
    blame(call, 'at-ms-far-ahead', at, told`${event.type} at ${atMs}, audio until ${call.clockMs}`)
  watchTimeZero(call, event.timeMs, atMs, at, event.type)
}

/** Whether what the publisher's clock says and what the call's clock says are one time. */
export function watchTimeZero(call: CallWatch, timeMs: number | null, atMs: number, at: { id: string; position: string }, what: string): void {
  if (call.timeZeroMs === null || timeMs === null) return
  const differenceMs = timeMs - call.timeZeroMs - atMs
  if (Math.abs(differenceMs) > MISMATCH_MS)
    blame(call, 'time-zero-mismatch', at, told`${what}: by ce_time ${timeMs - call.timeZeroMs} ms after the answer, by the call’s clock ${atMs} ms`)
}

function watchSilence(call: CallWatch, event: CallEvent, position: string, appendedMs: number | null): void {
  const last = call.lastHeard
  call.lastHeard = { timeMs: event.timeMs, appendedMs }
  if (last === null || call.phase !== 'answered') return
  const gapMs = difference(event.timeMs, last.timeMs) ?? difference(appendedMs, last.appendedMs) ?? 0
  const at = { id: event.id, position }
  if (gapMs > IDLE_END_MS) blame(call, 'silence-over-idle-end', at, told`nothing for ${seconds(gapMs)} before it`)
  else if (gapMs > LIVE_SIGN_MS) blame(call, 'silence-too-long', at, told`nothing for ${seconds(gapMs)} before it`)
}

function difference(later: number | null, earlier: number | null): number | null {
  return later === null || earlier === null ? null : later - earlier
}

export function seconds(ms: number): string {
  return ms >= 172_800_000 ? `${Math.round(ms / 86_400_000)} days` : `${Math.round(ms / 100) / 10} s`
}
