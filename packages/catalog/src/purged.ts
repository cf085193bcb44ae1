import type { Transaction } from 'kysely'
import { encodeLifecycle } from '@twinreel/contracts/messages'
import { TOPICS } from '@twinreel/contracts/topics'
import { certify, type CertifyOptions, type PurgedNow } from './certify.ts'
import { unlessRebuilding } from './journal/rebuilding.ts'
import { FIRST_LOOK_AFTER_MS } from './later-looks.ts'
import type { Catalog } from './open.ts'
import { enqueue } from './outbox.ts'
import type { OutboxMessage } from './recorder-changes.ts'
import type { ClaimedRecording } from './retention.ts'
import { inRows } from './rows.ts'
import type { Tables } from './tables.ts'

/** A recording of which nothing is left in the store. */
export interface GoneRecording extends ClaimedRecording {
  /** Of its keys, those that were there to be deleted; `null` where the store does not tell. */
  found?: number | null
  /** Keys below its prefix that no row named, and that went too; none when it is not said. */
  foundBesides?: number
}

export interface PurgedOptions extends CertifyOptions {
  /** Purged as if it were this much later: for demonstrations and tests. */
  clockOffsetMs?: number
}

export interface Purged {
  /** Noted and certified now. */
  certified: readonly string[]
  /** Were certified before, and somebody had taken their rows back: they are noted again, their certificates stand, and an audit names them. */
  again: readonly string[]
}

/**
 * Notes that nothing of these recordings is left in the store, certifies it, and announces it, in one transaction for some hundred: a
 * recording is purged exactly if it has a certificate. The rows of the recording and of its segments stay; what the segments told of the
 * call goes. Says nothing of those that were noted before. Throws `CatalogRebuildingError`.
 */
export async function recordPurged(catalog: Catalog, recordings: readonly GoneRecording[], options: PurgedOptions): Promise<Purged> {
  const [certified, again]: [string[], string[]] = [[], []]
  // The turn at the chain's head is taken after the rows of the recordings are locked: more than one batch would take it between.
  for (const batch of inRows(recordings.toSorted(byId))) {
    const purged = await purgeBatch(catalog, batch, options)
    certified.push(...purged.certified)
    again.push(...purged.again)
  }
  return { certified, again }
}

async function purgeBatch(catalog: Catalog, batch: readonly GoneRecording[], options: PurgedOptions): Promise<Purged> {
  return unlessRebuilding(catalog, async (tx) => {
    const nowMs = await catalog.nowMs(tx)
    const purgedAtMs = nowMs + (options.clockOffsetMs ?? 0)
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
      .returning(['recording_id', 'call_id', 'org_id', 'owner_id', 'ended_log_ms', 'due_at_ms', 'claimed_at_ms', 'claim_reason', 'deletion_id'])
      .returning(['manifest_key', 'manifest_sha256', 'manifest_size_bytes'])
      .execute()
    if (purged.length === 0) return { certified: [], again: [] }
    const rows = new Map(purged.map((row) => [row.recording_id, row]))
    const segments = await tx
      .updateTable('segments')
      .set({ detail: '{}' })
      .where('recording_id', 'in', [...rows.keys()])
      .returning(['recording_id', 'segment_index', 'key', 'sha256', 'size_bytes'])
      .execute()
    const segmentsOf = Map.groupBy(segments, (segment) => segment.recording_id)
    const again = await certifiedBefore(tx, [...rows.keys()])
    for (const recordingId of again) rows.delete(recordingId)
    const now = batch.flatMap((recording): PurgedNow[] => {
      const row = rows.get(recording.recordingId)
      return row === undefined
        ? []
        : [{ ...row, segments: segmentsOf.get(row.recording_id) ?? [], found: recording.found ?? null, foundBesides: recording.foundBesides ?? 0 }]
    })
    if (now.length > 0) await certify(catalog, tx, { purged: now, atMs: purgedAtMs }, options)
    await enqueue(
      tx,
      batch.filter((recording) => rows.has(recording.recordingId)).map((recording) => purgedMessage(recording, purgedAtMs)),
    )
    return { certified: [...rows.keys()], again }
  })
}

/** No recording is certified twice. That the row's times are others now than the certificate's is for an audit to tell. */
async function certifiedBefore(tx: Transaction<Tables>, recordingIds: readonly string[]): Promise<string[]> {
  const rows = await tx.selectFrom('certificates').select('recording_id').where('recording_id', 'in', recordingIds).execute()
  return rows.map((row) => row.recording_id)
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
