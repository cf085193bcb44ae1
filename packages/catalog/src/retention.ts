import type { ExpressionBuilder, Transaction } from 'kysely'
import { openAllowances, type Allowances } from './claim-allowance.ts'
import { askedFor } from './deletion-requests.ts'
import { inTurn } from './dialect.ts'
import { unlessRebuilding } from './journal/rebuilding.ts'
import type { Catalog } from './open.ts'
import { LONGEST_WAIT_MS } from './purge-retries.ts'
import { placesOf, retentionFacts, verdictOf, type DecidingRow } from './retention-facts.ts'
import { refuseWithoutLease } from './retention-lease.ts'
import { inRows } from './rows.ts'
import type { Tables } from './tables.ts'
import { valuesTable } from './values-table.ts'

/** `left`: due, and more than may be claimed of its organization now; `isAlone` when others of it may. */
export type ClaimOutcome = { recordingId: string } & ({ kind: 'claimed' } | { kind: 'kept'; why: string } | { kind: 'left'; orgId: string; isAlone: boolean })

/**
 * Claims for deletion, in one transaction, whatever of these recordings is due by everything read again in it: tier, hold, status and
 * the catalog's clock (plus an offset, for demonstrations), which counts for no more than `atMostMs`, when it was last trusted. From its commit on a recording goes; an upgrade or a hold that
 * committed before it saves the recording. A mark that its deletion was asked for counts for nothing without the request. Of two claims of one recording one wins, the other is told `already-claimed`. With `allowances` no
 * more is claimed of an organization than those say; with `holder` nothing, and a `LeaseLostError` is thrown, when another worker runs retention.
 */
export async function claimForPurge(
  catalog: Catalog,
  recordingIds: readonly string[],
  options: { clockOffsetMs?: number; atMostMs?: number; allowances?: Allowances; holder?: string } = {},
): Promise<ClaimOutcome[]> {
  if (recordingIds.length === 0) return []
  return unlessRebuilding(catalog, async (tx) => {
    const outcomes: ClaimOutcome[] = []
    const { allowances, holder } = options
    if (holder !== undefined) await refuseWithoutLease(tx, holder)
    const { orgs, owners } = await placesOf(tx, recordingIds)
    const permissionOf = allowances === undefined ? null : await openAllowances(catalog, tx, orgs, allowances)
    // Whoever changes an owner's tier, places a hold or claims takes the same turn.
    await inTurn(catalog.dialect, tx, 'owner', owners)
    for (const ids of inRows(recordingIds)) {
      const clockMs = await catalog.nowMs(tx)
      const nowMs = clockMs + (options.clockOffsetMs ?? 0)
      const judgedMs = Math.min(clockMs, options.atMostMs ?? clockMs) + (options.clockOffsetMs ?? 0)
      const rows = await retentionFacts(tx).where('r.recording_id', 'in', ids).execute()
      const unasked = await withoutRequest(tx, rows)
      const found = new Map(rows.map((row) => [row.recording_id, row]))
      const claims: { recording_id: string; due_at_ms: number; why: string; cause: string | null }[] = []
      for (const recordingId of ids) {
        const row = found.get(recordingId)
        const verdict = row === undefined ? null : verdictOf(row)
        if (row === undefined || verdict === null) outcomes.push({ recordingId, kind: 'kept', why: 'unknown-recording' })
        else if (row.claimed_at_ms !== null) outcomes.push({ recordingId, kind: 'kept', why: 'already-claimed' })
        else if (verdict.kind === 'keep') outcomes.push({ recordingId, kind: 'kept', why: verdict.why })
        else if (verdict.dueAtMs > judgedMs) outcomes.push({ recordingId, kind: 'kept', why: 'not-due' })
        else if (verdict.why === 'deletion-requested' && unasked.has(recordingId)) outcomes.push({ recordingId, kind: 'kept', why: 'unknown-request' })
        else {
          const permission = permissionOf?.(row, verdict) ?? { kind: 'claim', cause: null }
          if (permission.kind === 'left') outcomes.push({ recordingId, kind: 'left', orgId: row.org_id, isAlone: permission.isAlone })
          else {
            claims.push({ recording_id: recordingId, due_at_ms: verdict.dueAtMs, why: verdict.why, cause: permission.cause })
            outcomes.push({ recordingId, kind: 'claimed' })
          }
        }
      }
      if (claims.length === 0) continue
      await tx
        .updateTable('recordings')
        .from(valuesTable('v', { recording_id: 'text', due_at_ms: 'bigint', why: 'text', cause: 'text' }, claims))
        .set((eb) => ({ claimed_at_ms: nowMs, due_at_ms: eb.ref('v.due_at_ms'), claim_reason: eb.ref('v.why'), claim_cause: eb.ref('v.cause') }))
        .whereRef('recordings.recording_id', '=', 'v.recording_id')
        .execute()
    }
    return outcomes
  })
}

/** Marked as asked for, and nobody did: a mark that was written by mistake deletes nothing. */
async function withoutRequest(tx: Transaction<Tables>, rows: readonly DecidingRow[]): Promise<Set<string>> {
  const marked = rows.filter((row) => row.deletion_due_ms !== null).map((row) => row.recording_id)
  if (marked.length === 0) return new Set()
  const asked = await askedFor(tx, marked)
  return new Set(marked.filter((recordingId) => !asked.has(recordingId)))
}

/** What is known of a claimed recording's objects. */
export interface ClaimedRecording {
  recordingId: string
  callId: string
  orgId: string
  ownerId: string
  reason: string
  sizeBytes: number
  /** Its segments' keys and its manifest's. */
  keys: readonly string[]
}

/** Recordings that a run has claimed, by a rule, and that are not purged yet, by id, after `afterId`; or exactly those named. With `nowMs`, those that it is time to try again. */
export async function claimedUnfinished(
  catalog: Catalog,
  options: { limit: number; afterId?: string; only?: readonly string[]; nowMs?: number },
): Promise<ClaimedRecording[]> {
  const { only, nowMs } = options
  if (only?.length === 0) return []
  let query = catalog.db
    .selectFrom('recordings')
    .select(['recording_id', 'call_id', 'org_id', 'owner_id', 'claim_reason', 'size_bytes', 'manifest_key'])
    .where('claimed_at_ms', 'is not', null)
    .where('purged_at_ms', 'is', null)
    .where('claim_reason', 'is not', null)
    .where('recording_id', '>', options.afterId ?? '')
  if (only !== undefined) query = query.where('recording_id', 'in', only)
  if (nowMs !== undefined) {
    // Longer than it can be: the clock was ahead when the store refused.
    const isTime = (eb: ExpressionBuilder<Tables, 'recordings'>) =>
      eb.or([eb('retry_at_ms', 'is', null), eb('retry_at_ms', '<=', nowMs), eb('retry_at_ms', '>', nowMs + LONGEST_WAIT_MS)])
    query = query.where(isTime)
  }
  const rows = await query.orderBy('recording_id').limit(options.limit).execute()
  const keys = Map.groupBy(
    await segmentKeys(
      catalog,
      rows.map((row) => row.recording_id),
    ),
    (row) => row.recording_id,
  )
  return rows.map((row) => ({
    recordingId: row.recording_id,
    callId: row.call_id,
    orgId: row.org_id,
    ownerId: row.owner_id,
    reason: row.claim_reason ?? '',
    sizeBytes: row.size_bytes,
    keys: [...(keys.get(row.recording_id) ?? []).map((segment) => segment.key), ...(row.manifest_key === null ? [] : [row.manifest_key])],
  }))
}

/** Recordings that are marked as claimed, and the mark names no rule: no run made it, so none finishes them. The first by id, `limit` at most, and how many there are. */
export async function namelessClaims({ db }: Catalog, { limit }: { limit: number }): Promise<{ recordingIds: string[]; count: number }> {
  const nameless = db.selectFrom('recordings').where('claimed_at_ms', 'is not', null).where('purged_at_ms', 'is', null).where('claim_reason', 'is', null)
  const rows = await nameless.select('recording_id').orderBy('recording_id').limit(limit).execute()
  const recordingIds = rows.map((row) => row.recording_id)
  if (recordingIds.length < limit) return { recordingIds, count: recordingIds.length }
  const { count } = await nameless.select(({ fn }) => fn.countAll<number | string>().as('count')).executeTakeFirstOrThrow()
  return { recordingIds, count: Number(count) }
}

/** Of these recordings, those that are claimed, purged ones included. */
export async function claimsAmong({ db }: Catalog, recordingIds: readonly string[]): Promise<Set<string>> {
  const claimed = new Set<string>()
  for (const ids of inRows(recordingIds)) {
    const rows = await db.selectFrom('recordings').select('recording_id').where('recording_id', 'in', ids).where('claimed_at_ms', 'is not', null).execute()
    for (const row of rows) claimed.add(row.recording_id)
  }
  return claimed
}

async function segmentKeys(catalog: Catalog, recordingIds: readonly string[]): Promise<{ recording_id: string; key: string }[]> {
  const found: { recording_id: string; key: string }[] = []
  for (const ids of inRows(recordingIds)) {
    found.push(...(await catalog.db.selectFrom('segments').select(['recording_id', 'key']).where('recording_id', 'in', ids).orderBy('segment_index').execute()))
  }
  return found
}
