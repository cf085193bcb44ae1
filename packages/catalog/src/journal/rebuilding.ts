import type { Kysely, Transaction } from 'kysely'
import { besideTurn, inTurn } from '../dialect.ts'
import type { Catalog } from '../open.ts'
import type { Tables } from '../tables.ts'
import { transact } from '../transaction.ts'

/** The catalog is being restored from the bucket, or a restoring was broken off: nothing in it counts yet. */
export class CatalogRebuildingError extends Error {
  constructor(sinceMs: number) {
    super(
      `the catalog is being rebuilt since ${new Date(sinceMs).toISOString()}: nothing is recorded, changed or due before its journal has been read and verified to the end`,
    )
    this.name = 'CatalogRebuildingError'
  }
}

/** Since when the catalog is being restored, milliseconds UTC; `null` when it is whole. */
export async function rebuildingSince(db: Kysely<Tables>): Promise<number | null> {
  const row = await db.selectFrom('rebuilds').select('began_at_ms').executeTakeFirst()
  return row?.began_at_ms ?? null
}

/** Throws `CatalogRebuildingError` while the catalog is being restored. What is to be true until something is written: `unlessRebuilding`. */
export async function refuseWhileRebuilding(db: Kysely<Tables>): Promise<void> {
  const sinceMs = await rebuildingSince(db)
  if (sinceMs !== null) throw new CatalogRebuildingError(sinceMs)
}

const CATALOG = 'catalog'

/** Runs `work` in a transaction beside which no rebuild begins. Throws `CatalogRebuildingError` while the catalog is being restored. */
export async function unlessRebuilding<T>(catalog: Catalog, work: (tx: Transaction<Tables>) => Promise<T>): Promise<T> {
  return transact(catalog, async (tx) => {
    await besideTurn(catalog.dialect, tx, 'rebuild', CATALOG)
    await refuseWhileRebuilding(tx)
    return work(tx)
  })
}

/** Runs `work`, a step of a rebuild, in a transaction beside which nothing else runs that a rebuild refuses. */
export async function rebuilding<T>(catalog: Catalog, work: (tx: Transaction<Tables>) => Promise<T>): Promise<T> {
  return transact(catalog, async (tx) => {
    await inTurn(catalog.dialect, tx, 'rebuild', [CATALOG])
    return work(tx)
  })
}
