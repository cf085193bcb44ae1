import { setTimeout as sleep } from 'node:timers/promises'
import { sql, type Kysely, type Transaction } from 'kysely'
import { isConflict } from './failure.ts'
import type { Catalog } from './open.ts'
import type { Tables } from './tables.ts'

const ATTEMPTS = 6

/**
 * Runs `work` in a transaction, all or nothing. Where the database undid it because another one was in its way (a deadlock), it is run
 * again from the start, so it must do nothing but ask the database. Inside `withOrg` it is a part of that transaction.
 */
export async function transact<T>(catalog: Catalog, work: (tx: Transaction<Tables>) => Promise<T>): Promise<T> {
  const { db } = catalog
  if (isTransaction(db)) return nested(db, work)
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await db.transaction().execute(work)
    } catch (error) {
      if (attempt === ATTEMPTS || !isConflict(error)) throw error
    }
    // Whoever met once should not meet again.
    await (catalog.pauseBeforeRetry?.(attempt) ?? sleep(Math.random() * 10 * attempt))
  }
}

export function isTransaction(db: Kysely<Tables>): db is Transaction<Tables> {
  return db.isTransaction
}

/** What failed in here is undone, also when whoever asked for it goes on. */
async function nested<T>(tx: Transaction<Tables>, work: (tx: Transaction<Tables>) => Promise<T>): Promise<T> {
  await sql`savepoint nested`.execute(tx)
  try {
    const result = await work(tx)
    await sql`release savepoint nested`.execute(tx)
    return result
  } catch (error) {
    // A connection that is gone has undone everything; why it is gone is what counts.
    await sql`rollback to savepoint nested`.execute(tx).catch(() => undefined)
    throw error
  }
}
