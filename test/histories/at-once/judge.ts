import type { RecordingRow, Tables } from '@twinreel/catalog/tables'
import type { Told } from './actors.ts'
import type { AtOnce } from './world.ts'

const THIRTY_DAYS_MS = 30 * 24 * 60 * 60 * 1_000

interface Past {
  tiers: Tables['tier_history'][]
  holds: Tables['legal_holds'][]
}

/** What did not hold, now that all is quiet, by what was answered and by the tables of what was when. */
export async function judgeAtOnce(world: AtOnce, told: Told): Promise<string[]> {
  const { db } = world.holder
  const rows = await db.selectFrom('recordings').selectAll().execute()
  const tiers = await db.selectFrom('tier_history').selectAll().orderBy('sequence').execute()
  const holds = await db.selectFrom('legal_holds').selectAll().execute()
  const past = { tiers, holds }
  const claimed = rows.filter((row) => row.claimed_at_ms !== null)
  const wrong = claimed.flatMap((row) => [...judgeClaim(row, past, told), ...judgeAnswers(row, told)])
  const count = (what: 'claimed' | 'purged'): number => told.reports.reduce((sum, report) => sum + report[what], 0)
  if (count('claimed') !== claimed.length) wrong.push(`${claimed.length} are claimed, the workers say ${count('claimed')}`)
  if (count('purged') !== claimed.length) wrong.push(`${claimed.length} are claimed, the workers say that ${count('purged')} were purged`)
  for (const { halted, failed } of told.reports)
    if (halted !== null || failed.length > 0) wrong.push(`a run was halted: ${halted ?? 'no'}; ${failed.length} failed`)
  for (const recording of world.recordings) {
    const isClaimed = claimed.some((row) => row.recording_id === recording.recordingId)
    const left = recording.keys.filter((key) => world.store.has(key)).length
    if (left !== (isClaimed ? 0 : recording.keys.length))
      wrong.push(`${left} objects are left of ${recording.recordingId}, which is ${isClaimed ? 'purged' : 'kept'}`)
  }
  return wrong
}

/** Right by what was in force when it was claimed. */
function judgeClaim(row: RecordingRow, { tiers, holds }: Past, { spans, holds: asked }: Told): string[] {
  const atMs = row.claimed_at_ms ?? 0
  const of = `${row.recording_id} of ${row.owner_id}`
  // Whoever asked for a release after the claim was committed had not released by then.
  const seenMs = Math.max(...spans.filter(({ beganMs, endedMs }) => beganMs <= atMs && atMs <= endedMs).map(({ endedMs }) => endedMs))
  const askedMs = new Map(asked.map((hold) => [hold.holdId, hold.releaseAskedMs]))
  const held = holds.filter(
    (hold) =>
      hold.subject_id === (hold.subject === 'user' ? row.owner_id : row.recording_id) && hold.placed_at_ms < atMs && (askedMs.get(hold.hold_id) ?? 0) > seenMs,
  )
  const wrong = held.map((hold) => `${of} was claimed under the hold ${hold.hold_id}`)
  if (row.status === 'not-kept' || row.claim_reason === 'not-kept') return wrong
  const before = tiers.filter((tier) => tier.user_id === row.owner_id && tier.from_ms <= atMs)
  if (before.at(-1)?.tier !== 'go') return [...wrong, `${of} was claimed on tier ${before.at(-1)?.tier ?? 'none'}`]
  const sinceMs = before[before.findLastIndex(({ tier }) => tier !== 'go') + 1]?.from_ms ?? Infinity
  const dueMs = Math.max(row.ended_log_ms ?? Infinity, sinceMs) + THIRTY_DAYS_MS
  if (dueMs > atMs) wrong.push(`${of} was claimed ${dueMs - atMs} ms before it was due`)
  if (dueMs !== row.due_at_ms) wrong.push(`${of} is said to have been due at ${row.due_at_ms}, not ${dueMs}`)
  return wrong
}

/** Who was told that a tier or a hold is in force by then was told the truth. */
function judgeAnswers(row: RecordingRow, { moves, holds }: Told): string[] {
  const atMs = row.claimed_at_ms ?? 0
  const ofOwner = moves.filter(({ userId }) => userId === row.owner_id)
  const last = ofOwner.findLast(({ answeredMs }) => answeredMs < atMs)
  const isMoving = ofOwner.some(({ askedMs, answeredMs }) => askedMs <= atMs && atMs <= answeredMs)
  const wrong: string[] = []
  if (row.claim_reason !== 'not-kept' && last !== undefined && last.tier !== 'go' && !isMoving)
    wrong.push(`${row.recording_id} went although its owner’s move to ${last.tier} was answered before`)
  for (const { subjectId, placedMs, alreadyClaimed, holdId } of holds) {
    if (subjectId !== row.owner_id && subjectId !== row.recording_id) continue
    const isTold = alreadyClaimed.includes(row.recording_id)
    if (isTold && atMs > placedMs) wrong.push(`${row.recording_id} was claimed after the hold ${holdId} that said so`)
    if (!isTold && atMs < placedMs && (row.purged_at_ms ?? Infinity) > placedMs) wrong.push(`the hold ${holdId} does not say that ${row.recording_id} goes`)
  }
  return wrong
}
