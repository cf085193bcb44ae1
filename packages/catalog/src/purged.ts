import type { Transaction } from 'kysely'
import { encodeLifecycle } from '@twinreel/contracts/messages'
import { TOPICS } from '@twinreel/contracts/topics'
import { FIRST_LOOK_AFTER_MS } from './later-looks.ts'
import type { Catalog } from './open.ts'
import { enqueue } from './outbox.ts'
import type { OutboxMessage } from './recorder-changes.ts'
import type { ClaimedRecording } from './retention.ts'
import { inRows } from './rows.ts'
import type { Tables } from './tables.ts'
import { transact } from './transaction.ts'

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
