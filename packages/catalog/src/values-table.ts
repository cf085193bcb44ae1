import { sql, type AliasedRawBuilder } from 'kysely'

/**
 * Rows as a table of a statement, so that many rows are read or written in one round trip. Of its columns the kind is told to the
 * database, which would take a bare parameter for text.
 */
export function valuesTable<R extends Record<string, string | number | null>, A extends string>(
  alias: A,
  kinds: { readonly [K in keyof R & string]: 'text' | 'bigint' },
  rows: readonly R[],
): AliasedRawBuilder<R, A> {
  const columns: readonly (readonly [keyof R & string, 'text' | 'bigint'])[] = Object.entries(kinds)
  const names = columns.map(([column], i) => sql`${sql.ref(`column${i + 1}`)} as ${sql.ref(column)}`)
  const tuples = rows.map((row) => sql`(${sql.join(columns.map(([column, kind]) => sql`cast(${row[column]} as ${sql.raw(kind)})`))})`)
  return sql<R>`(select ${sql.join(names)} from (values ${sql.join(tuples)}) as listed)`.as(alias)
}
