import { sql, type ColumnDefinitionBuilder, type CreateTableBuilder, type Kysely, type RawBuilder, type Transaction } from 'kysely'
import type { Tables } from './tables.ts'

/**
 * Everything in which the two databases differ, so that migrations and queries can be the same text.
 *
 * What they share: `text`, `bigint` (SQLite gives it integer affinity; the PostgreSQL driver is told to parse int8 as a
 * number, all our values fit), `on conflict`, `returning`, `update … from`, partial indexes, `is distinct from`.
 */
export interface CatalogDialect {
  name: 'sqlite' | 'postgres'
  /**
   * PostgreSQL runs write transactions beside each other (at READ COMMITTED, whatever the server's default is), so a transaction that decides on what it read locks
   * that first: rows with `select … for update`, and what may have no row yet with `inTurn`. SQLite has one writer at a time
   * (`begin immediate`) and neither clause.
   *
   * Locks are taken in one order: rebuild, partition, organization, call, user, owner, identity, certificate, journal; several of a kind by their key.
   */
  rowLocks: boolean
  /** Rows belong to organizations, and a session can be held to one (row-level security). */
  rowSecurity: boolean
}

export const SQLITE: CatalogDialect = { name: 'sqlite', rowLocks: false, rowSecurity: false }
export const POSTGRES: CatalogDialect = { name: 'postgres', rowLocks: true, rowSecurity: true }

/** Ids that only rise and are never given twice, also after the table was emptied. On PostgreSQL they may be committed in another order. */
export function addRisingId<T extends string>(dialect: CatalogDialect, table: CreateTableBuilder<T, string>, column: string): CreateTableBuilder<T, string> {
  switch (dialect.name) {
    case 'sqlite':
      return table.addColumn(column, 'integer', (c: ColumnDefinitionBuilder) => c.primaryKey().autoIncrement())
    case 'postgres':
      return table.addColumn(column, 'bigint', (c: ColumnDefinitionBuilder) => c.primaryKey().generatedAlwaysAsIdentity())
  }
}

/** Text that is compared and ordered by its bytes: the same order everywhere, which no update of a locale can change under an index. */
export function textType(dialect: CatalogDialect): 'text' | RawBuilder<unknown> {
  switch (dialect.name) {
    case 'sqlite':
      return 'text'
    case 'postgres':
      return sql`text collate "C"`
  }
}

/** Leaves a fifth of each page for what its rows are changed to (PostgreSQL, heap-only tuples). */
export async function leaveRoom(dialect: CatalogDialect, db: Kysely<unknown>, table: string): Promise<void> {
  if (dialect.name === 'postgres') await sql`alter table ${sql.id(table)} set (fillfactor = 80)`.execute(db)
}

/** Long texts of a column are not compressed, and stay in their row where they fit into it (PostgreSQL, TOAST). */
export async function storeUncompressed(dialect: CatalogDialect, db: Kysely<unknown>, table: string, column: string): Promise<void> {
  if (dialect.name !== 'postgres') return
  await sql`alter table ${sql.id(table)} set (toast_tuple_target = 8160)`.execute(db)
  await sql`alter table ${sql.id(table)} alter column ${sql.id(column)} set storage external`.execute(db)
}

/** What transactions take turns at, whether or not there is a row of it yet. */
type Turn = 'rebuild' | 'org' | 'call' | 'owner' | 'identity' | 'certificate' | 'journal'

/**
 * Owners share so many turns: who takes those of a whole organization must not fill the server's lock table, which has 6,400 places by
 * default (max_locks_per_transaction × max_connections, https://www.postgresql.org/docs/current/runtime-config-locks.html).
 */
const OWNER_TURNS = 1_024

/** Waits until no other transaction has its turn at any of these; they are ours until the transaction ends. */
export async function inTurn(dialect: CatalogDialect, tx: Transaction<Tables>, turn: Turn, keys: readonly string[]): Promise<void> {
  if (!dialect.rowLocks || keys.length === 0) return
  const shared = turn === 'owner' ? keys.map((key) => String(slot(key, OWNER_TURNS)).padStart(4, '0')) : keys
  const names = [...new Set(shared)].toSorted().map((key) => `${turn}/${key}`)
  await sql`select pg_advisory_xact_lock(hashtextextended(name, 0)) from unnest(${names}::text[]) as name`.execute(tx)
}

/** FNV-1a (http://www.isthe.com/chongo/tech/comp/fnv/), the same in every process. */
function slot(key: string, slots: number): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < key.length; i += 1) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193)
  return (hash >>> 0) % slots
}

/** Waits until no other transaction has its turn at this; until ours ends none gets it, though others may wait for it as we do. */
export async function besideTurn(dialect: CatalogDialect, tx: Transaction<Tables>, turn: Turn, key: string): Promise<void> {
  if (dialect.rowLocks) await sql`select pg_advisory_xact_lock_shared(hashtextextended(${`${turn}/${key}`}, 0))`.execute(tx)
}

/** Our turn at publishing the outbox, until the transaction ends; `false` when another process has it. Its connection may be silent for `silentMs`. */
export async function tryPublisherTurn(dialect: CatalogDialect, tx: Transaction<Tables>, silentMs: number): Promise<boolean> {
  if (!dialect.rowLocks) return true
  const { rows } = await sql<{ ours: boolean }>`
    select pg_try_advisory_xact_lock(hashtextextended('outbox', 0)) as ours,
      set_config('idle_in_transaction_session_timeout', ${String(silentMs)}, true)`.execute(tx)
  return rows[0]?.ours === true
}

/** The setting that row-level security compares a row's organization with. */
export const ORG_SETTING = 'twinreel.org_id'

/** Until the transaction ends, roles that are held to one organization see and write only this one's rows. */
export async function holdToOrg(dialect: CatalogDialect, tx: Transaction<Tables>, orgId: string): Promise<void> {
  if (dialect.rowSecurity) await sql`select set_config(${ORG_SETTING}, ${orgId}, true)`.execute(tx)
}
