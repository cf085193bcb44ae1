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
  // One template for all of it: a node of the query's tree for each value would cost more than the statement itself.
  const text: string[] = []
  let before = `(select ${columns.map(([column], i) => `column${i + 1} as "${column}"`).join(', ')} from (values (cast(`
  rows.forEach((_, row) =>
    columns.forEach(([, kind], column) => {
      text.push(before)
      const isLast = column === columns.length - 1
      before = ` as ${kind})${isLast ? ')' : ', cast('}${isLast && row < rows.length - 1 ? ', (cast(' : ''}`
    }),
  )
  text.push(`${before}) as listed)`)
  return sql<R>(Object.assign(text, { raw: text }), ...rows.flatMap((row) => columns.map(([column]) => row[column]))).as(alias)
}
