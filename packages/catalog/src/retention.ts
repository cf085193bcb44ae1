import { sql, type Transaction } from 'kysely'
import { encodeLifecycle } from '@twinreel/contracts/messages'
import { TOPICS } from '@twinreel/contracts/topics'
import { GO_RETENTION_MS } from '@twinreel/recording/retention'
import { inTurn } from './dialect.ts'
import { unlessRebuilding } from './journal/rebuilding.ts'
import type { Catalog } from './open.ts'
import { enqueue } from './outbox.ts'
import type { OutboxMessage } from './recorder-changes.ts'
import { FIRST_LOOK_AFTER_MS } from './later-looks.ts'
import { heldBy, ownersOf, verdictOf, withRetentionFacts } from './retention-facts.ts'
import { inRows } from './rows.ts'
import type { Tables } from './tables.ts'
import { transact } from './transaction.ts'

/**
 * Ids of recordings that look due at `nowMs`, by id, after `afterId`. Only a first look: the claim decides. Asked from the free
 * accounts' side, so that what paid tiers keep for years is never scanned.
 */
export async function dueCandidates(catalog: Catalog, options: { nowMs: number; limit: number; afterId?: string }): Promise<string[]> {
  const cutoffMs = options.nowMs - GO_RETENTION_MS
  const after = options.afterId ?? ''
  const expired = catalog.db
    .selectFrom('accounts as a')
    .innerJoin('recordings as r', (join) => join.onRef('r.owner_id', '=', 'a.user_id').onRef('r.org_id', '=', 'a.org_id'))
    .select('r.recording_id')
    .where('a.tier', '=', 'go')
    .where('a.tier_since_ms', '<=', cutoffMs)
    .where('r.ended_log_ms', '<=', cutoffMs)
    .where('r.claimed_at_ms', 'is', null)
    .where('r.recording_id', '>', after)
    .where((eb) => eb.not(eb.exists(heldBy(eb))))
  const notKept = catalog.db
    .selectFrom('recordings as r')
    .select('r.recording_id')
    .where('r.status', '=', sql.lit('not-kept'))
    .where('r.ended_log_ms', '<=', options.nowMs)
    .where('r.claimed_at_ms', 'is', null)
    .where('r.recording_id', '>', after)
    .where((eb) => eb.not(eb.exists(heldBy(eb))))
  const rows = await expired.union(notKept).orderBy('recording_id').limit(options.limit).execute()
  return rows.map((row) => row.recording_id)
}

export type ClaimOutcome = { recordingId: string } & ({ kind: 'claimed' } | { kind: 'kept'; why: string })

/**
 * Claims for deletion, in one transaction, whatever of these recordings is due by everything read again in it: tier, hold, status and
 * the catalog's clock (plus an offset, for demonstrations). From its commit on a recording goes; an upgrade or a hold that
 * committed before it saves the recording. Of two claims of one recording one wins, the other is told `already-claimed`.
 */
export async function claimForPurge(catalog: Catalog, recordingIds: readonly string[], options: { clockOffsetMs?: number } = {}): Promise<ClaimOutcome[]> {
  if (recordingIds.length === 0) return []
  return unlessRebuilding(catalog, async (tx) => {
    const outcomes: ClaimOutcome[] = []
    // Whoever changes an owner's tier, places a hold or claims takes the same turn.
    if (catalog.dialect.rowLocks) await inTurn(catalog.dialect, tx, 'owner', await ownersOf(tx, recordingIds))
    for (const ids of inRows(recordingIds)) {
      const nowMs = (await catalog.nowMs(tx)) + (options.clockOffsetMs ?? 0)
      const rows = await withRetentionFacts(tx).where('r.recording_id', 'in', ids).execute()
      const found = new Map(rows.map((row) => [row.recording_id, row]))
      const claims = { 'go-tier-expired': [] as string[], 'not-kept': [] as string[] }
      for (const recordingId of ids) {
        const row = found.get(recordingId)
        const verdict = row === undefined ? null : verdictOf(row)
        if (row === undefined || verdict === null) outcomes.push({ recordingId, kind: 'kept', why: 'unknown-recording' })
        else if (row.claimed_at_ms !== null) outcomes.push({ recordingId, kind: 'kept', why: 'already-claimed' })
        else if (verdict.kind === 'keep') outcomes.push({ recordingId, kind: 'kept', why: verdict.why })
        else if (verdict.dueAtMs > nowMs) outcomes.push({ recordingId, kind: 'kept', why: 'not-due' })
        else {
          claims[verdict.why].push(recordingId)
          outcomes.push({ recordingId, kind: 'claimed' })
        }
      }
      for (const [why, claimed] of Object.entries(claims)) {
        if (claimed.length === 0) continue
        await tx.updateTable('recordings').set({ claimed_at_ms: nowMs, claim_reason: why }).where('recording_id', 'in', claimed).execute()
      }
    }
    return outcomes
  })
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

/** Claimed recordings that are not purged yet, by id, after `afterId`; or exactly those named. */
export async function claimedUnfinished(catalog: Catalog, options: { limit: number; afterId?: string; only?: readonly string[] }): Promise<ClaimedRecording[]> {
  const { only } = options
  if (only?.length === 0) return []
  let query = catalog.db
    .selectFrom('recordings')
    .select(['recording_id', 'call_id', 'org_id', 'owner_id', 'claim_reason', 'size_bytes', 'manifest_key'])
    .where('claimed_at_ms', 'is not', null)
    .where('purged_at_ms', 'is', null)
    .where('recording_id', '>', options.afterId ?? '')
  if (only !== undefined) query = query.where('recording_id', 'in', only)
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
    reason: row.claim_reason ?? 'unknown',
    sizeBytes: row.size_bytes,
    keys: [...(keys.get(row.recording_id) ?? []).map((segment) => segment.key), ...(row.manifest_key === null ? [] : [row.manifest_key])],
  }))
}

async function segmentKeys(catalog: Catalog, recordingIds: readonly string[]): Promise<{ recording_id: string; key: string }[]> {
  const found: { recording_id: string; key: string }[] = []
  for (const ids of inRows(recordingIds)) {
    found.push(...(await catalog.db.selectFrom('segments').select(['recording_id', 'key']).where('recording_id', 'in', ids).orderBy('segment_index').execute()))
  }
  return found
}

/**
 * Notes that nothing of these recordings is left in the store, and announces it. The rows of the recording and of its segments stay as
 * the certificate of what was deleted and when; what the segments told of the call goes. Returns those that were not noted before.
 */
export async function recordPurged(catalog: Catalog, recordings: readonly ClaimedRecording[], options: { clockOffsetMs?: number } = {}): Promise<string[]> {
  if (recordings.length === 0) return []
  return transact(catalog, async (tx) => {
    const certified: string[] = []
    const nowMs = await catalog.nowMs(tx)
    const purgedAtMs = nowMs + (options.clockOffsetMs ?? 0)
    for (const batch of inRows(recordings.toSorted(byId))) {
      if (catalog.dialect.rowLocks) await lockRecordings(tx, batch)
      const purged = await tx
        .updateTable('recordings')
        .set({ status: 'purged', purged_at_ms: purgedAtMs, next_look_ms: nowMs + FIRST_LOOK_AFTER_MS })
        .where(
          'recording_id',
          'in',
          batch.map((recording) => recording.recordingId),
        )
        .where('claimed_at_ms', 'is not', null)
        .where('purged_at_ms', 'is', null)
        .returning('recording_id')
        .execute()
      const now = new Set(purged.map((row) => row.recording_id))
      if (now.size > 0)
        await tx
          .updateTable('segments')
          .set({ detail: '{}' })
          .where('recording_id', 'in', [...now])
          .execute()
      await enqueue(
        tx,
        batch.filter((recording) => now.has(recording.recordingId)).map((recording) => purgedMessage(recording, purgedAtMs)),
      )
      certified.push(...now)
    }
    return certified
  })
}

/** In one order, so that two who certify the same recordings wait for each other instead of both for the other. */
async function lockRecordings(tx: Transaction<Tables>, recordings: readonly ClaimedRecording[]): Promise<void> {
  const ids = recordings.map((recording) => recording.recordingId)
  await tx.selectFrom('recordings').select('recording_id').where('recording_id', 'in', ids).orderBy('recording_id').forUpdate().execute()
}

function byId(a: ClaimedRecording, b: ClaimedRecording): number {
  return a.recordingId < b.recordingId ? -1 : 1
}

function purgedMessage(recording: ClaimedRecording, purgedAtMs: number): OutboxMessage {
  const { recordingId, callId, orgId, ownerId, reason } = recording
  const data = { recordingId, callId, orgId, ownerId, reason, purgedAt: new Date(purgedAtMs).toISOString() }
  const { key, headers, value } = encodeLifecycle(recordingId, 'recording.purged', data, {
    id: `${recordingId}/purged`,
    source: '/twinreel/retention',
    timeMs: purgedAtMs,
  })
  return { topic: TOPICS.recordings, key, headers, value: new TextDecoder().decode(value) }
}
