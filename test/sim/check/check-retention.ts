import type { AdminAct, Evidence, Violation } from '../world/evidence.ts'

/** Thirty days, as the retention rule counts them. */
const KEPT_MS = 720 * 3_600_000
/** How far the catalog's clock may be from the true one without anybody noticing. */
const CLOCK_MS = 3_600_000

interface Fate {
  ownerId: string
  recordingId: string
  endedMs: number
  isKept: boolean
}

/**
 * A free recording is gone with the first run after thirty days; paid, held and unknown ones never are, and whatever was acknowledged before the claim counts.
 * By what the administrator did, not by what the catalog made of it.
 */
export function checkRetention(evidence: Evidence): Violation[] {
  const wrong: string[] = []
  const { acts, claims, runs, truth } = evidence
  const rows = truth.database
    .prepare('select recording_id, owner_id, ended_log_ms, status, end_reason, segment_count, provisional, claimed_at_ms, purged_at_ms from recordings')
    .all()
  const fates = new Map<string, Fate>()
  const claimedMs = new Map(claims.map(({ recordingId, atMs }) => [recordingId, atMs]))
  for (const row of rows) {
    if (row['ended_log_ms'] === null) continue
    const recordingId = String(row['recording_id'])
    const fate = {
      recordingId,
      ownerId: String(row['owner_id']),
      endedMs: Number(row['ended_log_ms']),
      // Nobody knows whether it would have been kept of what the log lost before there was anything of it.
      isKept: row['provisional'] === 0 || row['status'] === 'empty' || (row['end_reason'] === 'log-lost' && row['segment_count'] === 0),
    }
    fates.set(recordingId, fate)
    if (row['status'] === 'purged' && !claims.some((claim) => claim.recordingId === recordingId)) wrong.push(`${recordingId} was purged without a claim`)
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
    if (run.report.otherWorker !== null) continue
    for (const fate of fates.values()) {
      if (!mustBeGone(fate, acts, run)) continue
      const claimed = claimedMs.get(fate.recordingId)
      if (claimed === undefined || claimed > run.endedMs)
        wrong.push(`${fate.recordingId} of ${fate.ownerId} was due before the run of ${new Date(run.startedMs).toISOString()} and was not taken by it`)
    }
  }
  return wrong.map((message) => ({ check: 'retention', message }))
}

/** Due by what was acknowledged, with what was under way done or not. */
function mayBeDue(fate: Fate, nowMs: number, acked: readonly AdminAct[], underWay: readonly AdminAct[]): boolean {
  const [next, ...others] = underWay
  if (next === undefined) return dueMs(fate, acked) <= nowMs
  return mayBeDue(fate, nowMs, acked, others) || mayBeDue(fate, nowMs, [...acked, next], others)
}

/** Due for certain: long before the run, and nothing was done about it while it ran. */
function mustBeGone(fate: Fate, acts: readonly AdminAct[], { startedMs, endedMs }: { startedMs: number; endedMs: number }): boolean {
  const isBusy = acts.some((act) => act.startedMs <= endedMs && (act.ackedMs ?? Infinity) >= startedMs)
  if (isBusy) return false
  const before = acts.filter((act) => act.ackedMs !== null && act.ackedMs < startedMs)
  return dueMs(fate, before) <= startedMs - CLOCK_MS
}

function dueMs({ ownerId, recordingId, endedMs, isKept }: Fate, acts: readonly AdminAct[]): number {
  let tier = { name: 'unknown', sinceMs: 0 }
  const holds = new Map<number, string>()
  for (const { act, ackedMs, startedMs } of acts) {
    if (act.kind === 'tier' && act.userId === ownerId && tier.name !== act.tier) tier = { name: act.tier, sinceMs: ackedMs ?? startedMs }
    if (act.kind === 'hold') holds.set(act.number, act.subjectId)
    if (act.kind === 'release') holds.delete(act.number)
  }
  if ([...holds.values()].some((subject) => subject === ownerId || subject === recordingId)) return Infinity
  if (!isKept) return endedMs
  return tier.name === 'go' ? Math.max(endedMs, tier.sinceMs) + KEPT_MS : Infinity
}

function why(fate: Fate, acts: readonly AdminAct[], atMs: number): string {
  const due = dueMs(
    fate,
    acts.filter(({ ackedMs }) => ackedMs !== null && ackedMs <= atMs),
  )
  return due === Infinity ? 'though it is to be kept' : `${Math.round((due - atMs) / 60_000)} minutes before it was due`
}
