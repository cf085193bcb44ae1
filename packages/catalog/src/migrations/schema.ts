import type { CreateTableBuilder, Kysely } from 'kysely'
import { textType, type CatalogDialect } from '../dialect.ts'

export type Table = CreateTableBuilder<string, string>

/** `text!` and `bigint!` are not null. */
type ColumnKind = 'text' | 'text!' | 'bigint' | 'bigint!'

export interface Schema {
  db: Kysely<unknown>
  dialect: CatalogDialect
  /** Of the tables made so far. */
  columnsOf: Map<string, readonly string[]>
}

export function columns(dialect: CatalogDialect, table: Table, definitions: Readonly<Record<string, ColumnKind>>): Table {
  return Object.entries(definitions).reduce(
    (built, [name, kind]) => built.addColumn(name, kind.startsWith('text') ? textType(dialect) : 'bigint', (c) => (kind.endsWith('!') ? c.notNull() : c)),
    table,
  )
}

/** A table by its columns; `key` is its primary key. */
export async function create(
  { db, dialect, columnsOf }: Schema,
  name: string,
  key: readonly string[],
  definitions: Readonly<Record<string, ColumnKind>>,
): Promise<void> {
  columnsOf.set(name, Object.keys(definitions))
  const table: Table = db.schema.createTable(name)
  await columns(dialect, table, definitions)
    .addPrimaryKeyConstraint(`${name}_pk`, [...key])
    .execute()
}
