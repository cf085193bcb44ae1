/** All moments, milliseconds UTC, that clocks in a zone show as this local time: none in the hour that is skipped, two in the one that comes twice. */
export type LocalTimes = (localMs: number) => readonly number[]

/** A moment out of a cell, or what is wrong with it. `precisionMs`: what its last digit stands for, a second at most. */
export type ReadTime = { ok: true; timeMs: number; precisionMs: number } | { ok: false; problem: string }

const ISO = /^(\d{4})-(\d{2})-(\d{2})[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)? ?(Z|[+-]\d{2}:?\d{2})?$/i
/** No call is older, and whoever reads seconds as milliseconds is told. */
const EARLIEST_MS = Date.UTC(1990, 0, 1)
const LATEST_MS = Date.UTC(2200, 0, 1)

/** ISO 8601, with its own offset or in the zone that `localTimes` knows. The cell itself is in no message: it might be a number. */
export function readIsoTime(text: string, localTimes: LocalTimes | null): ReadTime {
  const match = ISO.exec(text)
  if (match === null) return bad('is no ISO 8601 time such as 2026-01-31T09:00:00.250Z')
  const [, year, month, day, hour, minute, second = '0', fraction = '', offset] = match
  const parts = [year, month, day, hour, minute, second].map(Number)
  const localMs = Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second)) + millis(fraction)
  if (!isSame(localMs, parts)) return bad('is a time that no calendar has')
  const precisionMs = fraction.length >= 3 ? 1 : fraction.length === 0 ? 1_000 : 10 ** (3 - fraction.length)
  if (offset !== undefined) return within(localMs - offsetMs(offset), precisionMs)
  if (localTimes === null) return bad('has no offset, and times.zone of the column map does not say where its clock hangs')
  const [first, second_] = localTimes(localMs)
  if (first === undefined) return bad('is a local time that its zone skips')
  if (second_ !== undefined) return bad('is a local time that its zone has twice that night: export the file in UTC or with offsets')
  return within(first, precisionMs)
}

/** Whole or decimal milliseconds or seconds since 1970. */
export function readEpochTime(text: string, unit: 'epoch-ms' | 'epoch-s'): ReadTime {
  const match = /^\d{1,16}(?:\.(\d{1,9}))?$/.exec(text)
  if (match === null) return bad(`is no number of ${unit === 'epoch-ms' ? 'milliseconds' : 'seconds'} since 1970`)
  const fraction = match[1] ?? ''
  if (unit === 'epoch-ms') return within(Math.floor(Number(text)), 1)
  return within(Number(text.split('.')[0]) * 1_000 + millis(fraction), fraction.length >= 3 ? 1 : 10 ** (3 - fraction.length))
}

function within(timeMs: number, precisionMs: number): ReadTime {
  if (timeMs < EARLIEST_MS || timeMs > LATEST_MS) return bad('lies outside of 1990 to 2200: is times.format of the column map the right one?')
  return { ok: true, timeMs, precisionMs }
}

function bad(problem: string): ReadTime {
  return { ok: false, problem }
}

function millis(fraction: string): number {
  return Number(fraction.padEnd(3, '0').slice(0, 3))
}

function isSame(localMs: number, [year, month, day, hour, minute, second]: readonly number[]): boolean {
  const date = new Date(localMs)
  return (
    date.getUTCFullYear() === year &&
    date.getUTCMonth() + 1 === month &&
    date.getUTCDate() === day &&
    date.getUTCHours() === hour &&
    date.getUTCMinutes() === minute &&
    date.getUTCSeconds() === second
  )
}

function offsetMs(offset: string): number {
  if (offset.toUpperCase() === 'Z') return 0
  const [hours, minutes] = [Number(offset.slice(1, 3)), Number(offset.slice(-2))]
  return (offset.startsWith('-') ? -1 : 1) * (hours * 60 + minutes) * 60_000
}
