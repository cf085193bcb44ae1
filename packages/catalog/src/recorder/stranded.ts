import type { Transaction } from 'kysely'
import { encodeLifecycle } from '@twinreel/contracts/messages'
import { TOPICS } from '@twinreel/contracts/topics'
import type { CatalogDialect } from '../dialect.ts'
import { destroyMediaKeys } from '../media-keys.ts'
import { enqueue } from '../outbox.ts'
import type { OutboxMessage } from '../recorder-changes.ts'
import { inRows } from '../rows.ts'
import type { RecordingRow, Tables } from '../tables.ts'

const REASON = 'log-lost'
/** It is over, and no message of this log belongs to it. */
const NOTHING_OF_IT = -1

/**
 * Ends, as failed with a named loss, what was going on in another log and has no checkpoint to go on from: calls so young that nothing of
 * theirs was durable. Without this they would be "recording" for ever, and no ledger would name them. `partition`: the one found to be another log's now,
 * be it one of the same name.
 */
export async function endStranded(
  dialect: CatalogDialect,
  tx: Transaction<Tables>,
  { logIdentity, partition }: { logIdentity: string; partition: number },
  nowMs: number,
): Promise<void> {
  // All partitions of a new log are claimed at about the same time: each call is ended by one of the claims, the others wait and look again.
  const calls = await tx
    .selectFrom('calls as c')
    .leftJoin('sessions as s', 's.call_id', 'c.call_id')
    .select(['c.call_id', 'c.org_id'])
    .where('c.ended_log_ms', 'is', null)
    .where((eb) => eb.or([eb('c.log_identity', '<>', logIdentity), eb('c.log_partition', '=', partition)]))
    .where('s.call_id', 'is', null)
    .orderBy('c.call_id')
    .$if(dialect.rowLocks, (query) => query.forUpdate('c'))
    .execute()
  await endCalls(tx, calls, nowMs)
}

/**
 * The same for calls of a partition whose log no longer reaches back to their beginning. What the log still has of them, even their start told twice, makes no call of
 * it any more.
 */
export async function endForgotten(
  dialect: CatalogDialect,
  tx: Transaction<Tables>,
  { partition, firstOffset }: { partition: number; firstOffset: number },
  nowMs: number,
): Promise<void> {
  const calls = await tx
    .selectFrom('calls as c')
    .leftJoin('sessions as s', 's.call_id', 'c.call_id')
    .select(['c.call_id', 'c.org_id'])
    .where('c.ended_log_ms', 'is', null)
    .where('c.log_partition', '=', partition)
    .where('c.opened_offset', '<', firstOffset)
    .where('s.call_id', 'is', null)
    .orderBy('c.call_id')
    .$if(dialect.rowLocks, (query) => query.forUpdate('c'))
    .execute()
  await endCalls(tx, calls, nowMs)
}

async function endCalls(tx: Transaction<Tables>, calls: readonly { call_id: string; org_id: string }[], nowMs: number): Promise<void> {
  for (const batch of inRows(calls)) {
    const callIds = batch.map((call) => call.call_id)
    const orgOf = new Map(batch.map((call) => [call.call_id, call.org_id]))
    const recordings = await tx
      .updateTable('recordings')
      .set((eb) => ({ status: 'failed', end_reason: REASON, ended_log_ms: nowMs, ended_at_ms: eb.ref('started_at_ms') }))
      .where('call_id', 'in', callIds)
      .where('ended_log_ms', 'is', null)
      .returning(['recording_id', 'call_id', 'org_id', 'owner_id'])
      .execute()
    const owners = await tx.selectFrom('policies').select(['call_id', 'owner_id']).distinct().where('call_id', 'in', callIds).execute()
    const entries = owners.flatMap(({ call_id, owner_id }) =>
      owner_id === null
        ? []
        : [{ call_id, owner_id, org_id: orgOf.get(call_id) ?? '', outcome: 'failed' as const, reason: REASON, behavior: null, late_ms: 0 }],
    )
    for (const rows of inRows(entries)) {
      await tx
        .insertInto('ledger')
        .values(rows)
        .onConflict((oc) => oc.columns(['call_id', 'owner_id']).doNothing())
        .execute()
    }
    await tx.updateTable('calls').set({ ended_log_ms: nowMs, over_offset: NOTHING_OF_IT }).where('call_id', 'in', callIds).execute()
    await destroyMediaKeys(tx, callIds)
    await enqueue(
      tx,
      recordings.map((recording) => failedMessage(recording, nowMs)),
    )
  }
}

function failedMessage(row: Pick<RecordingRow, 'recording_id' | 'call_id' | 'org_id' | 'owner_id'>, nowMs: number): OutboxMessage {
  const { recording_id: recordingId, call_id: callId, org_id: orgId, owner_id: ownerId } = row
  const options = { id: `${recordingId}/failed`, source: '/twinreel/recorder', timeMs: nowMs }
  const { key, headers, value } = encodeLifecycle(recordingId, 'recording.failed', { recordingId, callId, orgId, ownerId, reason: REASON, atMs: 0 }, options)
  return { topic: TOPICS.recordings, key, headers, value: new TextDecoder().decode(value) }
}
