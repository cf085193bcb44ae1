import type { Transaction } from 'kysely'
import type { Catalog } from './open.ts'
import type { OutboxMessage } from './recorder-changes.ts'
import { inRows } from './rows.ts'
import type { Tables } from './tables.ts'

/** Puts messages behind those already waiting, as part of the transaction that makes them true. */
export async function enqueue(tx: Transaction<Tables>, messages: readonly OutboxMessage[]): Promise<void> {
  for (const rows of inRows(messages)) {
    await tx
      .insertInto('outbox')
      .values(rows.map(({ topic, key, headers, value }) => ({ topic, key, headers: JSON.stringify(headers), value })))
      .execute()
  }
}

export interface WaitingMessage extends OutboxMessage {
  outboxId: number
}

/** The oldest messages that wait to be published. They stay until `markPublished`, so a crash between publishes them twice, with the same event id. */
export async function takeOutbox(catalog: Catalog, limit: number): Promise<WaitingMessage[]> {
  const rows = await catalog.db.selectFrom('outbox').selectAll().orderBy('outbox_id').limit(limit).execute()
  return rows.map((row) => ({
    outboxId: row.outbox_id,
    topic: row.topic,
    key: row.key,
    headers: JSON.parse(row.headers) as Record<string, string>,
    value: row.value,
  }))
}

export async function markPublished(catalog: Catalog, outboxIds: readonly number[]): Promise<void> {
  if (outboxIds.length === 0) return
  await catalog.db.transaction().execute(async (tx) => {
    for (const ids of inRows(outboxIds)) await tx.deleteFrom('outbox').where('outbox_id', 'in', ids).execute()
  })
}
