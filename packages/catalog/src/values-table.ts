import { ExpressionWrapper, PrimitiveValueListNode, ValuesNode, sql, type AliasedRawBuilder } from 'kysely'

/** The kinds of columns that the catalog has. */
export type Kind = 'text' | 'bigint'

/** Rows with the kinds of their columns, which PostgreSQL is to be told of what has none by itself. */
interface ToldValuesNode extends ValuesNode {
  kinds: readonly Kind[]
}

/** Rows as a table of a statement, so that many rows are read or written in one round trip. */
export function valuesTable<R extends Record<string, string | number | null>, A extends string>(
  alias: A,
  kinds: { readonly [K in keyof R & string]: Kind },
  rows: readonly R[],
): AliasedRawBuilder<R, A> {
  const columns: readonly (readonly [keyof R & string, Kind])[] = Object.entries(kinds)
  const values = rows.map((row) => PrimitiveValueListNode.create(columns.map(([column]) => row[column])))
  const node: ToldValuesNode = { ...ValuesNode.create(values), kinds: columns.map(([, kind]) => kind) }
  const names = sql.raw(columns.map(([column], index) => `column${index + 1} as "${column}"`).join(', '))
  return sql<R>`(select ${names} from (${new ExpressionWrapper(node)}) as listed)`.as(alias)
}

/** The kinds that `valuesTable` tells of its rows; `null` of any others. */
export function kindsOf(node: ValuesNode): readonly Kind[] | null {
  return 'kinds' in node ? (node as ToldValuesNode).kinds : null
}
