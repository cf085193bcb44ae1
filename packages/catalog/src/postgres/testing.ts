import { randomUUID } from 'node:crypto'
import { addressOf } from '../postgres.ts'
import { createDatabase, dropDatabase } from './database.ts'
import { migratePostgresCatalog } from './migrate.ts'
import { postgresPool } from './pool.ts'
import type { ServiceRole } from './privileges.ts'
import { SERVICE_ROLES, roleName, rolesSql } from './roles.ts'
import type { PostgresSettings } from './settings.ts'

/** The server that tests make databases on, as a superuser; without one they are skipped. */
const SERVER = process.env['TWINREEL_TEST_POSTGRES'] ?? ''
export const NO_SERVER = SERVER === ''

const ROLES = ['migrator', ...SERVICE_ROLES] as const
/** What must be encoded in a URL. */
export const TEST_PASSWORD = 'a p@ss/word%'

export interface TestDatabase {
  name: string
  /** As the superuser, or as one of the roles, which are this database's alone. */
  settings(role?: ServiceRole | 'migrator'): PostgresSettings
  rolePrefix: string
  /** Runs SQL as the superuser, several statements at once. */
  run(text: string): Promise<unknown>
  /** Takes the rows out of every table: faster than a database for each test. */
  empty(): Promise<void>
  drop(): Promise<void>
}

/** A new database with nothing in it, and the roles for one. */
export async function emptyDatabase(): Promise<TestDatabase> {
  const name = `twinreel_test_${randomUUID().replaceAll('-', '').slice(0, 12)}`
  const server: PostgresSettings = { url: SERVER, poolSize: 6, statementTimeoutMs: 20_000, tls: null }
  await createDatabase(server, name)
  const settings = (role?: ServiceRole | 'migrator'): PostgresSettings => ({ ...server, url: urlAs(name, role === undefined ? null : roleName(role, name)) })
  const pool = postgresPool(addressOf(settings()), { ...settings(), poolSize: 1 })
  // Whether a commit survives a power failure is not what these tests ask.
  await pool.query(`alter database ${name} set synchronous_commit = off`)
  await pool.query(rolesSql({ database: name, prefix: name }))
  for (const role of ROLES) await pool.query(`alter role ${roleName(role, name)} password '${TEST_PASSWORD}'`)
  return {
    name,
    settings,
    rolePrefix: name,
    run: (text) => pool.query(text),
    async empty() {
      const { rows } = await pool.query<{ tablename: string }>(`select tablename from pg_tables where schemaname = 'public' and tablename not like 'kysely_%'`)
      await pool.query(rows.map(({ tablename }) => `delete from ${tablename}`).join(';'))
    },
    async drop() {
      await pool.end()
      await dropDatabase(server, name)
      const cleaning = postgresPool(addressOf(server), { ...server, poolSize: 1 })
      for (const role of ROLES) await cleaning.query(`drop role ${roleName(role, name)}`)
      await cleaning.end()
    },
  }
}

/** The same, migrated by its owner. */
export async function migratedDatabase(): Promise<TestDatabase> {
  const database = await emptyDatabase()
  await migratePostgresCatalog(database.settings('migrator'), { rolePrefix: database.rolePrefix })
  return database
}

function urlAs(database: string, user: string | null): string {
  const url = new URL(SERVER)
  url.pathname = `/${database}`
  if (user !== null) {
    url.username = user
    url.password = encodeURIComponent(TEST_PASSWORD)
  }
  return url.href
}
