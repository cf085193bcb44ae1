/** Half-open, in whatever unit the context says. */
export type Span = readonly [from: number, to: number]

/** In order, and joined where they meet. */
export function union(spans: readonly Span[]): Span[] {
  const joined: [number, number][] = []
  for (const [from, to] of spans.filter((span) => span[0] < span[1]).toSorted((a, b) => a[0] - b[0])) {
    const last = joined.at(-1)
    if (last !== undefined && from <= last[1]) last[1] = Math.max(last[1], to)
    else joined.push([from, to])
  }
  return joined
}

/** What of `[from, to)` lies in none of the spans. */
export function outside(spans: readonly Span[], from: number, to: number): Span[] {
  const rest: Span[] = []
  let at = from
  for (const [a, b] of union(spans)) {
    if (a > at) rest.push([at, Math.min(a, to)])
    at = Math.max(at, b)
  }
  if (at < to) rest.push([at, to])
  return rest.filter(([a, b]) => a < b)
}
