import type { Kysely } from 'kysely'
import type { Tables } from '../tables.ts'

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

/** Throws `CatalogRebuildingError` while the catalog is being restored. */
export async function refuseWhileRebuilding(db: Kysely<Tables>): Promise<void> {
  const sinceMs = await rebuildingSince(db)
  if (sinceMs !== null) throw new CatalogRebuildingError(sinceMs)
}
