import type { Migration } from 'kysely/migration'
import type { CatalogDialect } from './dialect.ts'
import { initial } from './migrations/0001-initial.ts'

/** Every change of the schema by its name, in order; the same for both databases. */
export function migrations(dialect: CatalogDialect): Record<string, Migration> {
  return { '0001-initial': initial(dialect) }
}
