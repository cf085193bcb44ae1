import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { SILENT_CLOSE_FACTOR } from '@twinreel/recording/session/state'
import type { Sim } from '../engine/types.ts'
import { isAffectedByTrim, isUnansweredByTrim } from '../check/trimmed-calls.ts'
import type { Evidence, TrueCall } from './evidence.ts'

const LOOK_EVERY_MS = 2_000
/** A call that is not answered has no rules of its own: it is closed after so many of the usual idle ends. */
const UNANSWERED_CLOSE_MS = SILENT_CLOSE_FACTOR * 120_000

/** Something that is left to be done. */
export interface Open {
  what: string
  /** A call of which the log lost the answer: it may go on as one that nobody answered, until its time is over. */
  isUnanswered: boolean
}

/** Waits until nothing is left to be done, at most so long; unanswered calls have their hour besides. What is open for longer than it may be, in words. */
export async function overdue(look: () => readonly Open[], time: Pick<Sim['time'], 'now' | 'wait'>, mostMs: number): Promise<string[]> {
  const fromMs = time.now()
  for (let open = look(); open.length > 0; open = look()) {
    const waitedMs = time.now() - fromMs
    const late = open.filter(({ isUnanswered }) => waitedMs >= mostMs + (isUnanswered ? UNANSWERED_CLOSE_MS : 0))
    if (late.length > 0) return late.map(({ what }) => what)
    await time.wait(LOOK_EVERY_MS)
  }
  return []
}

/** What is still open. */
export function unsettled({ truth }: Pick<Sim, 'truth'>, calls: readonly Pick<TrueCall, 'truth'>[], trimmed: Evidence['trimmed']): Open[] {
  const open: Open[] = []
  const { closed, people, waiting, live } = asked(truth.database)
  for (const {
    truth: { callId },
  } of calls) {
    const row = closed.get(callId)
    // Of a call whose beginning was taken away nobody can know.
    if (row === undefined && isAffectedByTrim({ trimmed, truth }, callId)) continue
    if (row !== undefined && row['ended_log_ms'] !== null) continue
    // Whoever has a policy in it was there when it was answered.
    const isUnanswered = row !== undefined && isUnansweredByTrim({ trimmed, truth }, callId, Number(row['opened_offset'])) && people.get(callId)?.['n'] === 0
    open.push({ what: `call ${callId} is ${row === undefined ? 'unknown' : 'open'}`, isUnanswered })
  }
  const [announcements, recordings] = [waiting, live].map((count) => Number(count.get()?.['n'] ?? 0))
  if (announcements !== 0) open.push({ what: `${announcements} announcements wait`, isUnanswered: false })
  if (recordings !== 0) open.push({ what: `${recordings} recordings go on`, isUnanswered: false })
  return open
}

type Questions = Record<'closed' | 'people' | 'waiting' | 'live', StatementSync>

/** What is asked every few seconds is prepared once. */
const prepared = new WeakMap<DatabaseSync, Questions>()

function asked(database: DatabaseSync): Questions {
  const known = prepared.get(database) ?? {
    closed: database.prepare('select opened_offset, ended_log_ms from calls where call_id = ?'),
    people: database.prepare('select count(*) as n from policies where call_id = ? and owner_id is not null'),
    waiting: database.prepare('select count(*) as n from outbox'),
    live: database.prepare("select count(*) as n from recordings where status in ('recording', 'paused')"),
  }
  prepared.set(database, known)
  return known
}
