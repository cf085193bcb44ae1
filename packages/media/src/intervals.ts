/** Half-open `[from, to)`, integers. */
export type Interval = readonly [from: number, to: number]

/** Sorted; no two overlap or touch. Every function here keeps that and returns its argument itself when nothing changes. */
export type IntervalSet = readonly Interval[]

/** The set with `[from, to)` in it; neighbours that touch become one. An empty interval changes nothing. */
export function add(set: IntervalSet, from: number, to: number): IntervalSet {
  if (!(from < to)) return set
  const first = firstEndingAfter(set, from - 1)
  const start = set[first]
  if (start === undefined) return replaced(set, first, first, [from, to])
  if (start[0] <= from && to <= start[1]) return set
  let next = first
  let lastTo = to
  for (let met = start; met[0] <= to;) {
    lastTo = Math.max(to, met[1])
    const after = set[++next]
    if (after === undefined) break
    met = after
  }
  const merged: Interval = [Math.min(from, start[0]), lastTo]
  return replaced(set, first, next, merged)
}

/** The set without `[from, to)`. */
export function subtract(set: IntervalSet, from: number, to: number): IntervalSet {
  const [first, next] = meeting(set, from, to)
  if (first === next) return set
  const left = set.slice(first, next).flatMap(([start, end]): Interval[] => [...nonEmpty(start, Math.min(end, from)), ...nonEmpty(Math.max(start, to), end)])
  return [...set.slice(0, first), ...left, ...set.slice(next)]
}

/** What of the set lies in `[from, to)`. */
export function intersect(set: IntervalSet, from: number, to: number): IntervalSet {
  const inside = set.slice(...meeting(set, from, to))
  const [start] = inside
  if (start === undefined) return set.length === 0 ? set : inside
  const end = inside.at(-1) ?? start
  if (inside.length === set.length && from <= start[0] && end[1] <= to) return set
  inside[0] = [Math.max(from, start[0]), Math.min(to, start[1])]
  if (inside.length > 1) inside[inside.length - 1] = [end[0], Math.min(to, end[1])]
  return inside
}

/** The gaps: what of `[from, to)` the set lacks. */
export function missing(set: IntervalSet, from: number, to: number): IntervalSet {
  const gaps: Interval[] = []
  let at = from
  for (const [start, end] of intersect(set, from, to)) {
    if (at < start) gaps.push([at, start])
    at = end
  }
  gaps.push(...nonEmpty(at, to))
  return gaps
}

/** How many integers the set holds. */
export function total(set: IntervalSet): number {
  let sum = 0
  for (const [from, to] of set) sum += to - from
  return sum
}

/** Whether the set holds this integer. */
export function contains(set: IntervalSet, value: number): boolean {
  const interval = set[firstEndingAfter(set, value)]
  return interval !== undefined && interval[0] <= value
}

function nonEmpty(from: number, to: number): Interval[] {
  return from < to ? [[from, to]] : []
}

// A slice and pushes: several times the speed of spreading, for sets of many gaps.
function replaced(set: IntervalSet, first: number, next: number, interval: Interval): IntervalSet {
  const out = set.slice(0, first)
  out.push(interval)
  for (let i = next; i < set.length; i++) out.push(set[i] ?? interval)
  return out
}

// The indexes [first, next) of the intervals that share something with [from, to).
function meeting(set: IntervalSet, from: number, to: number): [first: number, next: number] {
  if (!(from < to)) return [0, 0]
  const first = firstEndingAfter(set, from)
  const upTo = firstEndingAfter(set, to - 1)
  const last = set[upTo]
  return [first, last !== undefined && last[0] < to ? upTo + 1 : upTo]
}

function firstEndingAfter(set: IntervalSet, value: number): number {
  const last = set.at(-1)
  // Audio arrives in order: nearly every question is about the end.
  if (last === undefined || last[1] <= value) return set.length
  let low = 0
  let high = set.length - 1
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((set[middle]?.[1] ?? Infinity) > value) high = middle
    else low = middle + 1
  }
  return low
}
