import type { StoredSession } from '@twinreel/catalog/recorder'
import type { Effect } from '@twinreel/recording/effects'
import { endLost, type WrittenDown } from '@twinreel/recording/session/log-loss'
import { FOLD_VERSION, type CallState } from '@twinreel/recording/session/state'
import { newSession, type LiveSession, type Moment } from './live-session.ts'

export interface Restored {
  sessions: LiveSession[]
  /** Calls whose checkpoint lies before what the log still holds, and what their end asks for. */
  lost: { session: LiveSession; effects: readonly Effect[]; stateBefore: CallState; offset: number }[]
}

/** Whether the log no longer holds what the checkpoint needs. */
export function isCut({ endedOffset, offset }: StoredSession, firstOffset: number): boolean {
  return endedOffset === null && offset < firstOffset
}

/** Sessions as the catalog has them. A checkpoint of another fold is refused: guessing what it meant could cut or keep the wrong audio. */
export function restoreSessions(
  stored: readonly StoredSession[],
  at: { firstOffset: number; now: Moment; written: ReadonlyMap<string, WrittenDown> },
): Restored {
  const restored: Restored = { sessions: [], lost: [] }
  for (const row of stored) {
    if (row.foldVersion !== FOLD_VERSION)
      throw new Error(`checkpoint of call ${row.callId} was written by fold ${row.foldVersion}, this is fold ${FOLD_VERSION}`)
    const state = JSON.parse(row.state) as CallState
    const session: LiveSession = {
      ...newSession(row.callId, row.offset, at.now),
      state,
      committedOffset: row.offset,
      endedOffset: row.endedOffset,
      tombstoned: row.endedOffset !== null,
      // A tombstone has seen everything up to its end; another session is folded again from its checkpoint.
      lastOffset: row.endedOffset ?? row.offset - 1,
      durableSegments: new Set(row.segments.map((segment) => `${segment.recordingId}/${segment.index}`)),
      endedRecordings: new Set(row.endedRecordings),
    }
    restored.sessions.push(session)
    if (!isCut(row, at.firstOffset)) continue
    const ended = endLost(state, at.written.get(row.callId))
    session.state = ended.state
    // Until their end is committed they are as lost as before: a crash in between ends them again.
    restored.lost.push({ session, effects: ended.effects, stateBefore: state, offset: row.offset })
  }
  return restored
}
