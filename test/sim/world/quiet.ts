import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { Sim } from '../engine/types.ts'
import { isAffectedByTrim } from '../check/trimmed-calls.ts'
import type { Evidence, TrueCall } from './evidence.ts'

const LOOK_EVERY_MS = 2_000

/** Waits until nothing is left to be done, at most so long; whether it came to that. */
export async function settled(sim: Sim, calls: readonly TrueCall[], trimmed: Evidence['trimmed'], mostMs: number): Promise<boolean> {
  for (const untilMs = sim.time.now() + mostMs; unsettled(sim, calls, trimmed).length > 0; await sim.time.wait(LOOK_EVERY_MS)) {
    if (sim.time.now() >= untilMs) return false
  }
  return true
}

/** What is still open, in words. */
export function unsettled({ truth }: Sim, calls: readonly TrueCall[], trimmed: Evidence['trimmed']): string[] {
  const open: string[] = []
  const { closed, waiting, live } = asked(truth.database)
  for (const {
    truth: { callId },
  } of calls) {
    const row = closed.get(callId)
    // Of a call whose beginning was taken away nobody can know.
    if (row === undefined && isAffectedByTrim({ trimmed, truth }, callId)) continue
    if (row === undefined || row['ended_log_ms'] === null) open.push(`call ${callId} is ${row === undefined ? 'unknown' : 'open'}`)
  }
  const [announcements, recordings] = [waiting, live].map((count) => Number(count.get()?.['n'] ?? 0))
  if (announcements !== 0) open.push(`${announcements} announcements wait`)
  if (recordings !== 0) open.push(`${recordings} recordings go on`)
  return open
}

/** What is asked every few seconds is prepared once. */
const prepared = new WeakMap<DatabaseSync, Record<'closed' | 'waiting' | 'live', StatementSync>>()

function asked(database: DatabaseSync): Record<'closed' | 'waiting' | 'live', StatementSync> {
  const known = prepared.get(database) ?? {
    closed: database.prepare('select ended_log_ms from calls where call_id = ?'),
    waiting: database.prepare('select count(*) as n from outbox'),
    live: database.prepare("select count(*) as n from recordings where status in ('recording', 'paused')"),
  }
  prepared.set(database, known)
  return known
}
