import type { Transaction } from 'kysely'
import { tryPublisherTurn } from './dialect.ts'
import type { Catalog } from './open.ts'
import type { OutboxMessage } from './recorder-changes.ts'
import { inRows } from './rows.ts'
import type { Tables } from './tables.ts'
import { transact } from './transaction.ts'

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

/**
 * `busy`: another process is publishing. What was committed lately it may not have seen, so ask again in a moment. `published`: how many
 * were sent; as many as the limit says that more may wait.
 */
export type Publishing = { kind: 'published'; messages: number } | { kind: 'busy' }

/**
 * How long `send` may take before the database takes the turn away from a process that has gone silent. It must give up earlier: what is sent
 * in a turn that was taken away is sent again, and again.
 */
export const SEND_LIMIT_MS = 75_000

/**
 * Hands the oldest waiting messages to `send` and forgets them once it has sent them, one process at a time. Each is sent at least once,
 * those of one key in the order of the transactions that made them true: what follows on a message is committed after it. When `send` or
 * the process fails they stay, and are sent again under the same event ids. On PostgreSQL the transaction that holds the turn is open
 * meanwhile, so a crash gives the turn back at once.
 */
export async function publishOutbox(
  catalog: Catalog,
  options: { limit: number },
  send: (messages: readonly WaitingMessage[]) => Promise<void>,
): Promise<Publishing> {
  const { db, dialect } = catalog
  if (dialect.rowLocks) {
    return db.transaction().execute(async (tx): Promise<Publishing> => {
      if (!(await tryPublisherTurn(dialect, tx, SEND_LIMIT_MS))) return { kind: 'busy' }
      return sendOldest({ ...catalog, db: tx }, options.limit, send)
    })
  }
  // The embedded catalog has one recorder, and a transaction open here would stop its commits.
  return sendOldest(catalog, options.limit, send)
}

async function sendOldest(catalog: Catalog, limit: number, send: (messages: readonly WaitingMessage[]) => Promise<void>): Promise<Publishing> {
  const messages = await takeOutbox(catalog, limit)
  if (messages.length > 0) await send(messages)
  await markPublished(
    catalog,
    messages.map((message) => message.outboxId),
  )
  return { kind: 'published', messages: messages.length }
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
  await transact(catalog, async (tx) => {
    for (const ids of inRows(outboxIds)) await tx.deleteFrom('outbox').where('outbox_id', 'in', ids).execute()
  })
}
