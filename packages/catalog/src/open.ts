import { randomUUID } from 'node:crypto'
import { closeSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Kysely } from 'kysely'
import { Migrator } from 'kysely/migration'
import { SQLITE, type CatalogDialect } from './dialect.ts'
import { migrations } from './migrations.ts'
import { primaryCode, sqliteDialect, waitWhileBusy } from './sqlite.ts'
import type { Tables } from './tables.ts'

export interface Catalog {
  db: Kysely<Tables>
  dialect: CatalogDialect
  /**
   * The catalog's clock, milliseconds UTC: what every `…_at_ms` and `from_ms` is written with. Inside a transaction it is asked
   * `within` it: a second connection might not be free before the transaction ends.
   */
  nowMs(within?: Kysely<Tables>): Promise<number>
  /** A UUID that nobody has yet, for what is named by nothing else; a simulation counts them. */
  newId(): string
  /** Before a transaction that met another one is run again, for the `attempt`th time; some milliseconds by chance where it is left out. */
  pauseBeforeRetry?(attempt: number): Promise<void>
  close(): Promise<void>
}

/** The catalog can't be used: damaged, unreachable, refused, or of another version. Names its path, or its host, port and database. */
export class CatalogOpenError extends Error {
  readonly path: string
  constructor(path: string, problem: string, cause: unknown) {
    super(`catalog ${path}: ${problem}`, { cause })
    this.name = 'CatalogOpenError'
    this.path = path
  }
}

/** A migrated, empty database. Simulations open thousands in memory, and migrating costs fifteen times as much as copying. */
let emptyImage: Uint8Array | undefined

/**
 * Opens the embedded catalog, creating and migrating it as needed; safe beside other processes that do the same. `:memory:` gives one
 * that nobody else sees. Throws `CatalogOpenError`.
 */
export async function openCatalog(options: { path: string; clock?: () => number }): Promise<Catalog> {
  const clock = options.clock ?? Date.now
  let database: DatabaseSync | undefined
  try {
    if (options.path !== ':memory:') mkdirSync(dirname(options.path), { recursive: true })
    // Its owner alone may read it: it holds the secret from which recording ids are derived. SQLite gives its side files the same mode.
    if (options.path !== ':memory:') closeSync(openSync(options.path, 'a', 0o600))
    const opened = (database = new DatabaseSync(options.path, { timeout: 0 }))
    // A commit is on the disk when it returns, and readers never wait for the writer.
    await waitWhileBusy(() => opened.exec('pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on; pragma secure_delete = on'))
    const db = new Kysely<Tables>({ dialect: sqliteDialect(opened) })
    if (options.path === ':memory:' && emptyImage !== undefined) opened.deserialize(emptyImage)
    else await migrate(db, SQLITE)
    if (options.path === ':memory:') emptyImage ??= opened.serialize()
    return { db, dialect: SQLITE, nowMs: async () => clock(), newId: randomUUID, close: () => db.destroy() }
  } catch (error) {
    if (database?.isOpen === true) database.close()
    throw new CatalogOpenError(options.path, describe(error), error)
  }
}

/** Brings a database to this version's schema; a database that is ahead of it is refused. */
async function migrate(db: Kysely<Tables>, dialect: CatalogDialect): Promise<void> {
  const migrator = new Migrator({ db, provider: { getMigrations: async () => migrations(dialect) } })
  const { error } = await migrator.migrateToLatest()
  if (error !== undefined) throw error instanceof Error ? error : new Error('migration failed', { cause: error })
}

function describe(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  switch (primaryCode(error)) {
    case 26:
      return 'the file is not an SQLite database; restore it from a backup, or put it aside and run `twinreel catalog rebuild`'
    case 11:
      return `the file is damaged (${message}); restore it from a backup, or put it aside and run \`twinreel catalog rebuild\``
    case 14:
      return 'the file can’t be opened; check that its directory exists and is writable'
    case 13:
      return 'the disk is full'
    case 8:
      return 'the file can’t be written to; check its mode, and that its file system is mounted for writing'
    case 5:
      return 'another process has been writing to it for 30 seconds'
    default:
      return message.includes('corrupted migrations') ? `it was written by another version of this program (${message})` : message
  }
}
