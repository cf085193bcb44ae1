import type { Transaction } from 'kysely'
import { encodeLifecycle } from '@twinreel/contracts/messages'
import { TOPICS } from '@twinreel/contracts/topics'
import { enqueue } from '../outbox.ts'
import type { OutboxMessage } from '../recorder-changes.ts'
import type { Tables } from '../tables.ts'

const REASON = 'log-lost'

/**
 * Ends, as failed with a named loss, what was going on in another log and has no checkpoint to go on from: calls so young that nothing of
 * theirs was durable. Without this they would be "recording" for ever, and no ledger would name them.
 */
export async function endStranded(tx: Transaction<Tables>, logIdentity: string, nowMs: number): Promise<void> {
  const calls = await tx
    .selectFrom('calls as c')
    .leftJoin('sessions as s', 's.call_id', 'c.call_id')
    .select(['c.call_id'])
    .where('c.ended_log_ms', 'is', null)
    .where('c.log_identity', '<>', logIdentity)
    .where('s.call_id', 'is', null)
    .execute()
  for (const { call_id } of calls) await endCall(tx, call_id, nowMs)
}

/** The same for calls of a partition whose log no longer reaches back to their beginning: those that are open and that nobody remembers. */
export async function endForgotten(tx: Transaction<Tables>, partition: number, remembered: ReadonlySet<string>, nowMs: number): Promise<void> {
  const calls = await tx.selectFrom('calls').select('call_id').where('ended_log_ms', 'is', null).where('log_partition', '=', partition).execute()
  for (const { call_id } of calls) if (!remembered.has(call_id)) await endCall(tx, call_id, nowMs)
}

async function endCall(tx: Transaction<Tables>, callId: string, nowMs: number): Promise<void> {
  const recordings = await tx.selectFrom('recordings').selectAll().where('call_id', '=', callId).where('ended_log_ms', 'is', null).execute()
  await tx
    .updateTable('recordings')
    .set((eb) => ({ status: 'failed', end_reason: REASON, ended_log_ms: nowMs, ended_at_ms: eb.ref('started_at_ms') }))
    .where('call_id', '=', callId)
    .where('ended_log_ms', 'is', null)
    .execute()
  const owners = await tx.selectFrom('policies').select(['owner_id', 'policy']).where('call_id', '=', callId).where('owner_id', 'is not', null).execute()
  const call = await tx.selectFrom('calls').select('org_id').where('call_id', '=', callId).executeTakeFirstOrThrow()
  for (const ownerId of new Set(owners.map((row) => row.owner_id ?? ''))) {
    await tx
      .insertInto('ledger')
      .values({ call_id: callId, owner_id: ownerId, org_id: call.org_id, outcome: 'failed', reason: REASON, behavior: null, late_ms: 0 })
      .onConflict((oc) => oc.columns(['call_id', 'owner_id']).doNothing())
      .execute()
  }
  await tx.updateTable('calls').set({ ended_log_ms: nowMs }).where('call_id', '=', callId).execute()
  await enqueue(
    tx,
    recordings.map((recording) => failedMessage(recording.recording_id, callId, recording.org_id, recording.owner_id, nowMs)),
  )
}

function failedMessage(recordingId: string, callId: string, orgId: string, ownerId: string, nowMs: number): OutboxMessage {
  const options = { id: `${recordingId}/failed`, source: '/twinreel/recorder', timeMs: nowMs }
  const { key, headers, value } = encodeLifecycle(recordingId, 'recording.failed', { recordingId, callId, orgId, ownerId, reason: REASON, atMs: 0 }, options)
  return { topic: TOPICS.recordings, key, headers, value: new TextDecoder().decode(value) }
}
