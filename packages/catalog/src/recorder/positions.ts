import { sql, type SqlBool, type Transaction } from 'kysely'
import { destroyMediaKeys } from '../media-keys.ts'
import type { RecorderChange } from '../recorder-changes.ts'
import { inRows, lastByKey, ofKind } from '../rows.ts'
import type { Tables } from '../tables.ts'

/** One dead letter per position, also when the position is folded again. */
export async function applyDeadLetters(tx: Transaction<Tables>, changes: readonly RecorderChange[], announce: (change: RecorderChange) => void): Promise<void> {
  const letters = ofKind(changes, 'dead-letter')
  const keyOf = (topic: string, partition: number, offset: number): string => `${topic}/${partition}/${offset}`
  const byKey = new Map(letters.map((change) => [keyOf(change.topic, change.partition, change.offset), change]))
  for (const rows of inRows([...byKey.values()])) {
    const inserted = await tx
      .insertInto('dead_letters')
      .values(rows.map((change) => ({ topic: change.topic, partition: change.partition, log_offset: change.offset })))
      .onConflict((oc) => oc.columns(['topic', 'partition', 'log_offset']).doNothing())
      .returning(['topic', 'partition', 'log_offset'])
      .execute()
    for (const row of inserted) {
      const change = byKey.get(keyOf(row.topic, row.partition, row.log_offset))
      if (change !== undefined) announce(change)
    }
  }
}

export async function applySessions(tx: Transaction<Tables>, of: LockedPartition, changes: readonly RecorderChange[]): Promise<void> {
  for (const sessions of inRows(lastByKey(ofKind(changes, 'session'), (change) => change.callId))) {
    await tx
      .insertInto('sessions')
      .values(
        sessions.map((change) => ({
          topic: of.topic,
          partition: of.partition,
          call_id: change.callId,
          log_offset: change.offset,
          fold_version: change.foldVersion,
          state: change.state,
          ended_offset: change.endedOffset,
        })),
      )
      .onConflict((oc) =>
        oc.columns(['topic', 'partition', 'call_id']).doUpdateSet((eb) => ({
          log_offset: eb.ref('excluded.log_offset'),
          fold_version: eb.ref('excluded.fold_version'),
          state: eb.ref('excluded.state'),
          ended_offset: eb.ref('excluded.ended_offset'),
        })),
      )
      .execute()
  }
  const over = ofKind(changes, 'session').filter(({ endedOffset }) => endedOffset !== null)
  if (over.length > 0 && Boolean(of.has_media_keys))
    await destroyMediaKeys(
      tx,
      over.map(({ callId }) => callId),
    )
}

/** The partition as it was when its row was locked, and whether it has what may have to go: to know that costs less than to delete nothing. */
export type LockedPartition = Tables['partitions'] & { has_tombstones: SqlBool; has_dead_letters: SqlBool; has_media_keys: SqlBool }

export const HAS_TOMBSTONES = sql<SqlBool>`exists (
  select 1 from sessions s where s.topic = partitions.topic and s.partition = partitions.partition and s.ended_offset is not null)`.as('has_tombstones')
export const HAS_DEAD_LETTERS = sql<SqlBool>`exists (
  select 1 from dead_letters d where d.topic = partitions.topic and d.partition = partitions.partition)`.as('has_dead_letters')

export const HAS_MEDIA_KEYS = sql<SqlBool>`exists (select 1 from media_keys)`.as('has_media_keys')

/** Moves the partition on and drops what no fold can come back to: tombstones that ended before it, and dead letters below it. */
export async function applyPartition(tx: Transaction<Tables>, stored: LockedPartition, changes: readonly RecorderChange[]): Promise<void> {
  const last = ofKind(changes, 'partition').at(-1)
  if (last === undefined) return
  const of = { topic: stored.topic, partition: stored.partition }
  await tx
    .updateTable('partitions')
    .set({ safe_offset: last.safeOffset, performed_offset: last.performedOffset })
    .where('topic', '=', of.topic)
    .where('partition', '=', of.partition)
    .execute()
  if (last.safeOffset === stored.safe_offset) return
  const mayLeaveTombstones = Boolean(stored.has_tombstones) || ofKind(changes, 'session').some((change) => change.endedOffset !== null)
  if (mayLeaveTombstones) {
    await tx.deleteFrom('sessions').where('topic', '=', of.topic).where('partition', '=', of.partition).where('ended_offset', '<', last.safeOffset).execute()
  }
  if (Boolean(stored.has_dead_letters) || ofKind(changes, 'dead-letter').length > 0) {
    await tx.deleteFrom('dead_letters').where('topic', '=', of.topic).where('partition', '=', of.partition).where('log_offset', '<', last.safeOffset).execute()
  }
}
