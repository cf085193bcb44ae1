import { randomUUID } from 'node:crypto'
import pg from 'pg'
import type { PostgresSettings } from './settings.ts'

/** The server that tests make databases on, as a superuser; without one they are skipped. */
const SERVER = process.env['TWINREEL_TEST_POSTGRES'] ?? ''
export const NO_SERVER = SERVER === ''

export interface TestDatabase {
  name: string
  settings: PostgresSettings
  /** Runs SQL as the superuser, several statements at once. */
  run(text: string): Promise<pg.QueryResult>
  drop(): Promise<void>
}

/** A new, empty database of its own on the test server. */
export async function testDatabase(): Promise<TestDatabase> {
  const name = `twinreel_test_${randomUUID().replaceAll('-', '').slice(0, 16)}`
  await runOn(SERVER, `create database ${name}`)
  const url = urlOf(SERVER, { database: name })
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => {})
  await client.connect()
  return {
    name,
    settings: { url, poolSize: 6, statementTimeoutMs: 20_000, tls: null },
    run: (text) => client.query(text),
    async drop() {
      await client.end()
      await runOn(SERVER, `drop database ${name} with (force)`)
    },
  }
}

/** The server's URL with another database, user or port. */
export function urlOf(server: string, other: { database?: string; user?: string; password?: string; port?: number }): string {
  const url = new URL(server)
  if (other.database !== undefined) url.pathname = `/${other.database}`
  if (other.user !== undefined) url.username = other.user
  if (other.password !== undefined) url.password = other.password
  if (other.port !== undefined) url.port = String(other.port)
  return url.href
}

export async function runOn(server: string, text: string): Promise<void> {
  const client = new pg.Client({ connectionString: server })
  await client.connect()
  try {
    await client.query(text)
  } finally {
    await client.end()
  }
}

/** Takes the rows out of every table: faster than a database for each test. */
export async function emptyTables(database: TestDatabase): Promise<void> {
  const { rows } = await database.run(`select tablename from pg_tables where schemaname = 'public' and tablename not like 'kysely_%'`)
  await database.run((rows as { tablename: string }[]).map(({ tablename }) => `delete from ${tablename}`).join(';'))
}
