import type { ColumnDefinitionBuilder, CreateTableBuilder } from 'kysely'

/**
 * Everything in which the two databases differ, so that migrations and queries can be the same text.
 *
 * What they share: `text`, `bigint` (SQLite gives it integer affinity; a PostgreSQL driver must be told to parse int8 as a
 * number, all our values fit), `on conflict`, `returning`, partial indexes, `is distinct from`.
 */
export interface CatalogDialect {
  name: 'sqlite' | 'postgres'
  /**
   * PostgreSQL runs write transactions beside each other, so a transaction that decides on what it read locks those rows
   * (`select … for update`). SQLite has one writer at a time (`begin immediate`) and no such clause.
   */
  rowLocks: boolean
}

export const SQLITE: CatalogDialect = { name: 'sqlite', rowLocks: false }

/** Ids that only rise and are never given twice, also after the table was emptied. */
export function addRisingId<T extends string>(dialect: CatalogDialect, table: CreateTableBuilder<T, string>, column: string): CreateTableBuilder<T, string> {
  switch (dialect.name) {
    case 'sqlite':
      return table.addColumn(column, 'integer', (c: ColumnDefinitionBuilder) => c.primaryKey().autoIncrement())
    case 'postgres':
      return table.addColumn(column, 'bigint', (c: ColumnDefinitionBuilder) => c.primaryKey().generatedAlwaysAsIdentity())
  }
}
