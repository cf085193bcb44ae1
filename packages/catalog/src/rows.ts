/** Rows of one statement: far below the 32,766 values SQLite binds and the 65,535 PostgreSQL does, and long enough that statements don't count. */
const ROWS_PER_STATEMENT = 500

/** The same items in runs of a statement's size. */
export function* inRows<T>(items: readonly T[]): Generator<T[]> {
  for (let at = 0; at < items.length; at += ROWS_PER_STATEMENT) yield items.slice(at, at + ROWS_PER_STATEMENT)
}

export type OfKind<C extends { kind: string }, K extends C['kind']> = Extract<C, { kind: K }>

export function ofKind<C extends { kind: string }, K extends C['kind']>(changes: readonly C[], kind: K): OfKind<C, K>[] {
  return changes.filter((change): change is OfKind<C, K> => change.kind === kind)
}

/** One item per key, the last one, in the place of the first: a statement must not write one row twice. */
export function lastByKey<T>(items: readonly T[], key: (item: T) => string): T[] {
  return [...new Map(items.map((item) => [key(item), item])).values()]
}

/** The items in runs that hold each key at most once, those of one key in their order: what one statement may write. */
export function rounds<T>(items: readonly T[], key: (item: T) => string): T[][] {
  const built: T[][] = []
  const seen = new Map<string, number>()
  for (const item of items) {
    const round = seen.get(key(item)) ?? 0
    seen.set(key(item), round + 1)
    ;(built[round] ??= []).push(item)
  }
  return built.flatMap((round) => [...inRows(round)])
}
