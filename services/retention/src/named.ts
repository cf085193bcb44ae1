/** Of each kind. */
export const MOST_NAMED = 1_000

export interface Named<T> {
  readonly items: T[]
  /** How many more there were. */
  readonly unnamed: number
  add(item: T): void
}

/** Names so many of each kind and counts the rest: a report holds what was written by mistake in millions, and no kind hides another. There are few kinds. */
export function namesSome<T>(kindOf: (item: T) => string): Named<T> {
  const items: T[] = []
  const byKind = new Map<string, number>()
  let unnamed = 0
  return {
    items,
    get unnamed() {
      return unnamed
    },
    add(item) {
      const kind = kindOf(item)
      const named = byKind.get(kind) ?? 0
      if (named >= MOST_NAMED) unnamed += 1
      else {
        byKind.set(kind, named + 1)
        items.push(item)
      }
    },
  }
}
