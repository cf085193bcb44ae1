import { Kysely, PostgresDialect, sql } from 'kysely'
import { Migrator } from 'kysely/migration'
import { POSTGRES } from '../dialect.ts'
import { migrations } from '../migrations.ts'
import { addressOf } from '../postgres.ts'
import type { Tables } from '../tables.ts'
import { openError } from './open-error.ts'
import { postgresPool } from './pool.ts'
import { SERVICE_ROLES, accessSql, roleName } from './roles.ts'
import type { PostgresSettings } from './settings.ts'

export interface MigrationReport {
  /** Changes of the schema that were made now, in order. */
  applied: string[]
  /** Changes that had been made before. */
  already: string[]
  /** Roles that exist and were given what they may do. */
  roles: string[]
}

/** Not Kysely's own lock, which it takes inside ours. */
const LOCK = 'twinreel/migrate'

/**
 * Brings a catalog on PostgreSQL to this version's schema and sets who may see and do what (row-level security, the privileges of the
 * roles that exist). Safe to repeat, and when several do it at once: they wait for each other. Throws `CatalogOpenError`.
 */
export async function migratePostgresCatalog(settings: PostgresSettings, options: { rolePrefix?: string } = {}): Promise<MigrationReport> {
  const address = addressOf(settings)
  // One connection holds the lock, another works. An index on a large table takes its time.
  const pool = postgresPool(address, { ...settings, poolSize: 2, statementTimeoutMs: 0 })
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) })
  try {
    return await db.connection().execute(async (holder) => {
      await sql`select pg_advisory_lock(hashtextextended(${LOCK}, 0))`.execute(holder)
      const report = await migrate(db)
      return { ...report, roles: await grantAccess(db, options.rolePrefix) }
    })
  } catch (error) {
    throw openError(address, error)
  } finally {
    await db.destroy()
  }
}

async function migrate(db: Kysely<Tables>): Promise<Omit<MigrationReport, 'roles'>> {
  const migrator = new Migrator({ db, provider: { getMigrations: async () => migrations(POSTGRES) } })
  const before = (await migrator.getMigrations()).filter((migration) => migration.executedAt !== undefined).map((migration) => migration.name)
  const { error, results } = await migrator.migrateToLatest()
  if (error !== undefined) throw error instanceof Error ? error : new Error('migration failed', { cause: error })
  return { applied: (results ?? []).map((result) => result.migrationName), already: before }
}

/** One table after the other: a lock on all at once and running services would wait for each other. */
async function grantAccess(db: Kysely<Tables>, prefix: string | undefined): Promise<string[]> {
  const { rows } = await sql<{ rolname: string }>`select rolname from pg_roles`.execute(db)
  const names = new Set(rows.map((row) => row.rolname))
  const existing = SERVICE_ROLES.filter((role) => names.has(roleName(role, prefix)))
  for (const statements of accessSql(existing, prefix)) {
    await db.transaction().execute(async (tx) => {
      for (const statement of statements) await sql.raw(statement).execute(tx)
    })
  }
  return existing.map((role) => roleName(role, prefix))
}
