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
  const { database } = truth
  const open: string[] = []
  const closed = database.prepare('select ended_log_ms from calls where call_id = ?')
  for (const {
    truth: { callId },
  } of calls) {
    const row = closed.get(callId)
    // Of a call whose beginning was taken away nobody can know.
    if (row === undefined && isAffectedByTrim({ trimmed, truth }, callId)) continue
    if (row === undefined || row['ended_log_ms'] === null) open.push(`call ${callId} is ${row === undefined ? 'unknown' : 'open'}`)
  }
  const waiting = Number(database.prepare('select count(*) as n from outbox').get()?.['n'] ?? 0)
  if (waiting > 0) open.push(`${waiting} announcements wait`)
  const live = Number(database.prepare("select count(*) as n from recordings where status in ('recording', 'paused')").get()?.['n'] ?? 0)
  if (live > 0) open.push(`${live} recordings go on`)
  return open
}
