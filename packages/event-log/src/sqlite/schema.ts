import { randomUUID } from 'node:crypto'
import type { DatabaseSync } from 'node:sqlite'
import { LogError } from '../port.ts'
import { inTransaction } from './file.ts'

/** Marks the file as ours in the SQLite header: "Twrl". */
const APPLICATION_ID = 0x5477726c
const SCHEMA_VERSION = 1

// The value stands last, so that reading the other columns never touches its pages. The index on partition_id alone orders
// a partition by position, because SQLite appends the row id to every index. AUTOINCREMENT: a plain row id restarts when emptied.
const TABLES = `
  CREATE TABLE log (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    identity TEXT NOT NULL,
    last_appended_at_ms INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE partitions (
    id INTEGER PRIMARY KEY,
    topic TEXT NOT NULL,
    partition INTEGER NOT NULL,
    trimmed_through INTEGER NOT NULL DEFAULT 0,
    UNIQUE (topic, partition)
  ) STRICT;
  CREATE TABLE records (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    partition_id INTEGER NOT NULL,
    appended_at_ms INTEGER NOT NULL,
    key TEXT NOT NULL,
    headers TEXT NOT NULL,
    value BLOB NOT NULL
  ) STRICT;
  CREATE INDEX records_by_partition ON records (partition_id);
`

function pragma(db: DatabaseSync, name: string): unknown {
  return Object.values(db.prepare(`PRAGMA ${name}`).get() ?? {})[0]
}

/** Refuses a database that somebody else made, before anything in it is changed. Answers whether it is still empty. */
function isNew(db: DatabaseSync, path: string): boolean {
  const applicationId = pragma(db, 'application_id')
  const tables = db.prepare('SELECT count(*) AS count FROM sqlite_schema').get()?.count
  if (applicationId === 0 && tables === 0) return true
  if (applicationId !== APPLICATION_ID) {
    throw new LogError(`event log ${path}: the file is a SQLite database, but not an event log`, { retriable: false })
  }
  const version = pragma(db, 'user_version')
  if (version !== SCHEMA_VERSION) {
    throw new LogError(`event log ${path}: the file has format ${String(version)}, this program reads format ${SCHEMA_VERSION}`, { retriable: false })
  }
  return false
}

/** Brings a connection and its file into shape; safe when several processes do it to one new file at the same time. */
export function prepareSchema(db: DatabaseSync, path: string): void {
  // A second of two-stream audio is 16 KB: with this page size it takes one overflow page instead of four. It only counts for a new file.
  if (isNew(db, path)) db.exec('PRAGMA page_size = 16384')
  // A transaction has to fit into the cache: pages that spill are written twice.
  db.exec(`
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    PRAGMA secure_delete = ON;
    PRAGMA cache_size = -32000;
    PRAGMA journal_size_limit = 67108864;
  `)
  inTransaction(db, () => {
    if (!isNew(db, path)) return
    db.exec(TABLES)
    db.prepare('INSERT INTO log (id, identity, last_appended_at_ms) VALUES (1, ?, 0)').run(randomUUID())
    db.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${SCHEMA_VERSION};`)
  })
}
