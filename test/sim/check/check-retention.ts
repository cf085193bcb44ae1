import type { AdminAct, Evidence, RetentionRun, Violation } from '../world/evidence.ts'
import { ackedBefore, dueMs, fatesOf, isBusy, type Fate } from './fates.ts'

/** How far the catalog's clock may be from the true one without anybody noticing. */
const CLOCK_MS = 3_600_000

/**
 * A free recording is gone with the first run after thirty days, one that somebody deleted after 72 hours, those of an erased user at once; paid, held, unknown and
 * restored ones never are, and whatever was acknowledged before the claim counts. By what the administrator did, not by what the catalog made of it.
 */
export function checkRetention(evidence: Evidence): Violation[] {
  const wrong: string[] = []
  const { acts, claims, runs, truth } = evidence
  const fates = fatesOf(evidence)
  const claimedMs = new Map(claims.map(({ recordingId, atMs }) => [recordingId, atMs]))
  for (const row of truth.database.prepare('select recording_id, status, claimed_at_ms, purged_at_ms from recordings where ended_log_ms is not null').all()) {
    const recordingId = String(row['recording_id'])
    if (row['status'] === 'purged' && !claimedMs.has(recordingId)) wrong.push(`${recordingId} was purged without a claim`)
    if (row['claimed_at_ms'] !== null && row['purged_at_ms'] === null) wrong.push(`${recordingId} was claimed and never purged`)
  }
  for (const { recordingId, atMs, acked, underWay } of claims) {
    const fate = fates.get(recordingId)
    if (fate === undefined) wrong.push(`${recordingId} was claimed while it went on`)
    else if (!mayBeDue(fate, atMs + CLOCK_MS, acked, underWay)) wrong.push(`${recordingId} of ${fate.ownerId} was claimed ${why(fate, acts, atMs)}`)
  }
  for (const run of runs) {
    if (run.report === null || run.report.halted !== null || run.report.failed.length > 0 || run.report.more) continue
    // What it left is with the run of the other one.
    if (run.report.otherWorker !== null || isBusy(acts, run)) continue
    const halted = new Set(run.report.haltedOrgs.map(({ orgId }) => orgId))
    for (const fate of fates.values()) {
      if (halted.has(fate.orgId) || !mustBeGone(fate, acts, run)) continue
      const claimed = claimedMs.get(fate.recordingId)
      if (claimed === undefined || claimed > run.endedMs)
        wrong.push(`${fate.recordingId} of ${fate.ownerId} was due before the run of ${new Date(run.startedMs).toISOString()} and was not taken by it`)
    }
  }
  for (const { act, ackedMs } of acts) if (act.kind === 'erase' && ackedMs !== null) wrong.push(...leftOf(act.userId, evidence))
  return wrong.map((message) => ({ check: 'retention', message }))
}

/** Due by what was acknowledged, with what was under way done or not. */
function mayBeDue(fate: Fate, nowMs: number, acked: readonly AdminAct[], underWay: readonly AdminAct[]): boolean {
  const [next, ...others] = underWay
  if (next === undefined) return dueMs(fate, acked) <= nowMs
  return mayBeDue(fate, nowMs, acked, others) || mayBeDue(fate, nowMs, [...acked, next], others)
}

/** Due for certain: long before the run. */
function mustBeGone(fate: Fate, acts: readonly AdminAct[], { startedMs }: RetentionRun): boolean {
  return dueMs(fate, ackedBefore(acts, startedMs)) <= startedMs - CLOCK_MS
}

/** What an erasure leaves of a user besides the recordings. */
function leftOf(userId: string, { truth }: Evidence): string[] {
  const row = truth.database
    .prepare('select u.display_name, a.recording_on from users u left join accounts a on a.user_id = u.user_id where u.user_id = ?')
    .get(userId)
  const named = row?.['display_name'] === null ? [] : [`${userId} was erased and still has a name`]
  return row?.['recording_on'] === 1 ? [...named, `${userId} was erased and is still recorded`] : named
}

function why(fate: Fate, acts: readonly AdminAct[], atMs: number): string {
  const due = dueMs(fate, ackedBefore(acts, atMs + 1))
  return due === Infinity ? 'though it is to be kept' : `${Math.round((due - atMs) / 60_000)} minutes before it was due`
}
