export type Dimensions = Readonly<Record<string, readonly string[]>>
export type Row = Readonly<Record<string, string>>

/** Candidates that are drawn for each row; the one with most new pairs is taken. */
const DRAWN = 60

/**
 * Rows in which every allowed pair of values of two dimensions stands at least once. `random` gives numbers from 0 up to 1; the same numbers give
 * the same rows.
 */
export function pairwise(dimensions: Dimensions, allowed: (row: Row) => boolean, random: () => number): Row[] {
  const open = new Set(
    pairsOf(dimensions)
      .filter((pair) => canStand(dimensions, allowed, pair))
      .map(keyOf),
  )
  const rows: Row[] = []
  while (open.size > 0) {
    const drawn = Array.from({ length: DRAWN }, () => draw(dimensions, allowed, random, [...open]))
    const [best] = drawn.toSorted((a, b) => newIn(b, open) - newIn(a, open))
    if (best === undefined) break
    for (const key of pairKeys(best)) open.delete(key)
    rows.push(best)
  }
  return rows
}

/** Every pair that must stand somewhere, as a text. */
export function neededPairs(dimensions: Dimensions, allowed: (row: Row) => boolean): string[] {
  return pairsOf(dimensions)
    .filter((pair) => canStand(dimensions, allowed, pair))
    .map(keyOf)
}

export function pairKeys(row: Row): string[] {
  const names = Object.keys(row).toSorted()
  return names.flatMap((a, i) => names.slice(i + 1).map((b) => keyOf({ [a]: row[a] ?? '', [b]: row[b] ?? '' })))
}

function pairsOf(dimensions: Dimensions): Row[] {
  const names = Object.keys(dimensions).toSorted()
  return names.flatMap((a, i) =>
    names.slice(i + 1).flatMap((b) => (dimensions[a] ?? []).flatMap((x) => (dimensions[b] ?? []).map((y) => ({ [a]: x, [b]: y })))),
  )
}

/** With the first value of every other dimension, which is always the plainest. */
function canStand(dimensions: Dimensions, allowed: (row: Row) => boolean, pair: Row): boolean {
  return allowed({ ...plainest(dimensions), ...pair })
}

function plainest(dimensions: Dimensions): Row {
  return Object.fromEntries(Object.entries(dimensions).map(([name, values]) => [name, values[0] ?? '']))
}

function keyOf(pair: Row): string {
  return Object.entries(pair)
    .map(([name, value]) => `${name}=${value}`)
    .toSorted((a, b) => (a < b ? -1 : 1))
    .join(' ')
}

/** A random row around a pair that is still open. */
function draw(dimensions: Dimensions, allowed: (row: Row) => boolean, random: () => number, open: readonly string[]): Row {
  const one = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)] as T
  const pair = Object.fromEntries(
    one(open)
      .split(' ')
      .map((text) => text.split('=') as [string, string]),
  )
  let row: Row = { ...plainest(dimensions), ...pair }
  for (const [name, values] of Object.entries(dimensions)) {
    if (name in pair) continue
    const next = { ...row, [name]: one(values) }
    if (allowed(next)) row = next
  }
  return row
}

function newIn(row: Row, open: ReadonlySet<string>): number {
  return pairKeys(row).filter((key) => open.has(key)).length
}
