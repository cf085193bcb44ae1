import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { CompiledQuery, SqliteAdapter, SqliteIntrospector, type DatabaseConnection, type Dialect, type QueryResult } from 'kysely'
import { PlainLimitsCompiler } from './sqlite-compiler.ts'

/** How long a statement waits for another process that is writing, before it fails. */
const BUSY_LIMIT_MS = 30_000
const STATEMENTS_KEPT = 256
const BUSY = 5

/** Schema changes of SQLite take part in transactions, so two processes that open a new file at once migrate it one after the other. */
class TransactionalSqliteAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true
  }
}

/** Kysely's dialect over node:sqlite: one connection, whose users Kysely lines up one after the other. */
export function sqliteDialect(database: DatabaseSync): Dialect {
  const connection = connectionTo(database)
  const run = async (sql: string): Promise<void> => void (await connection.executeQuery(CompiledQuery.raw(sql)))
  return {
    createAdapter: () => new TransactionalSqliteAdapter(),
    createQueryCompiler: () => new PlainLimitsCompiler(),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createDriver: () => ({
      init: async () => {},
      acquireConnection: async () => connection,
      // A plain `begin` fails at once when its first read turns into a write beside another writer; this one waits.
      beginTransaction: () => run('begin immediate'),
      commitTransaction: () => run('commit'),
      // A failure such as a full disk makes SQLite roll back by itself; a second rollback would fail and hide it.
      rollbackTransaction: async () => {
        if (database.isTransaction) await run('rollback')
      },
      releaseConnection: async () => {},
      destroy: async () => database.close(),
    }),
  }
}

interface Prepared {
  statement: StatementSync
  returnsRows: boolean
}

function connectionTo(database: DatabaseSync): DatabaseConnection {
  const statements = new Map<string, Prepared>()
  const prepare = (sql: string): Prepared => {
    const known = statements.get(sql)
    if (known !== undefined) return known
    const statement = database.prepare(sql)
    const prepared = { statement, returnsRows: statement.columns().length > 0 }
    const oldest = statements.keys().next()
    if (statements.size >= STATEMENTS_KEPT && oldest.done !== true) statements.delete(oldest.value)
    statements.set(sql, prepared)
    return prepared
  }
  return {
    async executeQuery<R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> {
      const values = parameters as readonly SQLInputValue[]
      try {
        return await waitWhileBusy(() => {
          const { statement, returnsRows } = prepare(sql)
          if (returnsRows) return { rows: statement.all(...values) as R[] }
          const { changes, lastInsertRowid } = statement.run(...values)
          return { rows: [], numAffectedRows: BigInt(changes), insertId: BigInt(lastInsertRowid) }
        })
      } catch (error) {
        // SQLite does not say which file is full or damaged.
        if (primaryCode(error) !== null) Object.assign(error as Error, { path: database.location() })
        throw error
      }
    },
    // The driver is synchronous: a stream would hold the only connection for as long as its reader likes.
    streamQuery() {
      throw new Error('streaming is not supported: read in pages')
    },
  }
}

/**
 * Runs `attempt` until no other connection holds the lock it needs. Waiting between attempts instead of in SQLite's own busy handler
 * leaves the event loop free, which a recorder needs, and without which two connections in one process would wait for each other.
 */
export async function waitWhileBusy<T>(attempt: () => T): Promise<T> {
  const started = performance.now()
  for (let pauseMs = 1; ; pauseMs = Math.min(pauseMs * 2, 20)) {
    try {
      return attempt()
    } catch (error) {
      if (primaryCode(error) !== BUSY || performance.now() - started > BUSY_LIMIT_MS) throw error
    }
    await sleep(pauseMs)
  }
}

/** SQLite's primary result code of an error (the low byte of the extended one), or `null` if it is not from SQLite. */
export function primaryCode(error: unknown): number | null {
  return error instanceof Error && 'errcode' in error && typeof error.errcode === 'number' ? error.errcode & 0xff : null
}
