import { POSTGRES, SQLITE } from '@twinreel/catalog/dialect'
import type { Catalog } from '@twinreel/catalog/open'
import { sqliteDialect } from '@twinreel/catalog/sqlite'
import { PlainLimitsCompiler } from '@twinreel/catalog/sqlite-compiler'
import type { Tables } from '@twinreel/catalog/tables'
import { Kysely, SqliteAdapter, SqliteIntrospector, sql } from 'kysely'
import type { Machine } from '../process.ts'
import type { Parts } from '../world-parts.ts'
import { connect, type SimConnection, type Turns } from './connection.ts'
import type { Database } from './database.ts'
import { CLOCK } from './statements.ts'

/** PostgreSQL's rules for locks, in SQLite's words. */
const SERVERS = { ...POSTGRES, rowSecurity: false }

class ManyConnections extends SqliteAdapter {
  override get supportsMultipleConnections(): boolean {
    return true
  }
}

/** The catalog as one process reaches it: connections of its own to the one database. */
export function catalogClient(parts: Parts, database: Database, turns: Turns, machine: Machine): Catalog {
  const of = (connection: unknown): SimConnection => connection as SimConnection
  const free: SimConnection[] = []
  const db = new Kysely<Tables>({
    dialect: {
      createAdapter: () => (parts.form === 'servers' ? new ManyConnections() : new SqliteAdapter()),
      createQueryCompiler: () => new PlainLimitsCompiler(),
      createIntrospector: (kysely) => new SqliteIntrospector(kysely),
      createDriver: () => ({
        init: () => Promise.resolve(),
        acquireConnection: () => Promise.resolve(free.pop() ?? connect(parts, database, turns, machine)),
        beginTransaction: (connection) => of(connection).begin(),
        commitTransaction: (connection) => of(connection).commit(),
        rollbackTransaction: (connection) => of(connection).rollback(),
        releaseConnection(connection) {
          if (!of(connection).isBroken()) free.push(of(connection))
          return Promise.resolve()
        },
        destroy: () => Promise.resolve(),
      }),
    },
  })
  let ids = 0
  return {
    db,
    dialect: parts.form === 'servers' ? SERVERS : SQLITE,
    pauseBeforeRetry: (attempt) => new Promise((resolve) => machine.timer(machine.random.between(0, 10 * attempt), 'conflict', resolve)),
    async nowMs(within) {
      if (parts.form === 'embedded') return machine.clock.now()
      const { rows } = await sql<{ now_ms: number }>`${sql.raw(CLOCK)}`.execute(within ?? db)
      return rows[0]?.now_ms ?? Number.NaN
    },
    newId() {
      ids += 1
      const digits = Array.from({ length: 4 }, () => machine.random.whole(0, 0xffff_ffff).toString(16).padStart(8, '0')).join('')
      return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-4${digits.slice(13, 16)}-8${digits.slice(17, 20)}-${digits.slice(20, 28)}${String(ids % 10_000).padStart(4, '0')}`
    },
    close: () => Promise.resolve(),
  }
}

/** The catalog as it is: no faults, no time. */
export function trueCatalog(database: Database): Catalog {
  const db = new Kysely<Tables>({ dialect: sqliteDialect(database.sqlite) })
  let ids = 0
  return {
    db,
    dialect: SQLITE,
    nowMs: () => Promise.resolve(database.clockMs()),
    newId: () => `00000000-0000-4000-9000-${String((ids += 1)).padStart(12, '0')}`,
    close: () => Promise.resolve(),
  }
}
