import type { LocalTimes } from '@twinreel/call-records/time-text'

const HOUR_MS = 3_600_000

/** The clocks of a time zone, by its IANA name. Throws RangeError for one that nobody knows. */
export function localTimesOf(timeZone: string): LocalTimes {
  const part = 'numeric'
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    era: 'short',
    year: part,
    month: part,
    day: part,
    hour: part,
    minute: part,
    second: part,
  })
  const shown = (timeMs: number): number => {
    const parts = new Map(format.formatToParts(timeMs).map(({ type, value }) => [type, Number(value)]))
    const of = (name: Intl.DateTimeFormatPartTypes): number => parts.get(name) ?? 0
    return Date.UTC(of('year'), of('month') - 1, of('day'), of('hour'), of('minute'), of('second'))
  }
  // Of an hour all moments have one offset, so that a day's file asks two dozen times; zones change theirs at whole quarters.
  const offsets = new Map<number, number>()
  const offsetAt = (timeMs: number): number => {
    const quarter = Math.floor(timeMs / (HOUR_MS / 4))
    const known = offsets.get(quarter)
    if (known !== undefined) return known
    if (offsets.size > 100_000) offsets.clear()
    const atMs = quarter * (HOUR_MS / 4)
    const offset = shown(atMs) - atMs
    offsets.set(quarter, offset)
    return offset
  }
  return (localMs) => {
    // An offset is at most fourteen hours, and changes by less than a day.
    const tried = new Set([offsetAt(localMs - 15 * HOUR_MS), offsetAt(localMs + 15 * HOUR_MS)])
    return [...tried]
      .map((offset) => localMs - offset)
      .filter((timeMs) => timeMs + offsetAt(timeMs) === localMs)
      .toSorted((a, b) => a - b)
  }
}
