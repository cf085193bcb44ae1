import { randomUUID } from 'node:crypto'
import { Kysely, sql } from 'kysely'
import { POSTGRES } from './dialect.ts'
import { migrations } from './migrations.ts'
import { CatalogOpenError, type Catalog } from './open.ts'
import { parseAddress, placeOf, type Address } from './postgres/address.ts'
import { MIGRATE_FIRST, openError } from './postgres/open-error.ts'
import { postgresPool } from './postgres/pool.ts'
import { ServerDialect } from './postgres/server-dialect.ts'
import type { PostgresSettings } from './postgres/settings.ts'
import type { Tables } from './tables.ts'

/**
 * Opens a catalog on PostgreSQL, whose schema must be this version's: changing it is an operator's step, `migratePostgresCatalog`. Its
 * clock is the database's unless one is given, so that many processes agree. Throws `CatalogOpenError`; later, what `isPassing` may pass.
 */
export async function openPostgresCatalog(settings: PostgresSettings, options: { clock?: () => number } = {}): Promise<Catalog> {
  const address = addressOf(settings)
  const { clock } = options
  const db = new Kysely<Tables>({ dialect: new ServerDialect({ pool: postgresPool(address, settings) }) })
  try {
    await checkVersion(db, address)
  } catch (error) {
    await db.destroy()
    throw openError(address, error)
  }
  return {
    db,
    dialect: POSTGRES,
    nowMs: clock === undefined ? (within) => databaseClock(within ?? db) : async () => clock(),
    newId: randomUUID,
    close: () => db.destroy(),
  }
}

/** Throws `CatalogOpenError`. */
export function addressOf(settings: Pick<PostgresSettings, 'url'>): Address {
  try {
    return parseAddress(settings.url)
  } catch (error) {
    throw new CatalogOpenError('on PostgreSQL', error instanceof Error ? error.message : String(error), null)
  }
}

async function checkVersion(db: Kysely<Tables>, address: Address): Promise<void> {
  const { rows } = await sql<{ name: string }>`select name from kysely_migration order by name`.execute(db)
  const applied = new Set(rows.map((row) => row.name))
  const known = Object.keys(migrations(POSTGRES))
  const newer = [...applied].filter((name) => !known.includes(name))
  if (newer.length > 0) {
    throw new CatalogOpenError(placeOf(address), `it was migrated by a newer version of this program (${newer.join(', ')}); use that version`, null)
  }
  const missing = known.filter((name) => !applied.has(name))
  if (missing.length > 0) throw new CatalogOpenError(placeOf(address), `its schema is older than this program (${missing.join(', ')}); ${MIGRATE_FIRST}`, null)
}

async function databaseClock(db: Kysely<Tables>): Promise<number> {
  const { rows } = await sql<{ now_ms: number }>`select floor(extract(epoch from clock_timestamp()) * 1000)::bigint as now_ms`.execute(db)
  const now = rows[0]?.now_ms
  if (now === undefined) throw new Error('the database did not say what time it is')
  return now
}
