/** ISO 8601 UTC, as documents have it. */
export function isoTime(timeMs: number): string
export function isoTime(timeMs: number | null): string | null
export function isoTime(timeMs: number | null): string | null {
  return timeMs === null ? null : new Date(timeMs).toISOString()
}

/** For people's tables: nothing is a dash. */
export function orDash(value: string | number | null): string {
  return value === null ? '–' : String(value)
}

/** Minutes, seconds and milliseconds: `3:07.250`. */
export function duration(ms: number): string {
  const whole = Math.floor(ms / 1_000)
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}.${String(Math.floor(ms % 1_000)).padStart(3, '0')}`
}

/** In units of 1,024. */
export function size(bytes: number): string {
  if (bytes < 1_024) return `${bytes} B`
  const units = ['KiB', 'MiB', 'GiB', 'TiB']
  const power = Math.min(Math.floor(Math.log2(bytes) / 10), units.length)
  return `${(bytes / 1_024 ** power).toFixed(1)} ${units[power - 1] ?? ''}`
}

/** `1 user`, `2 users`. */
export function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`
}
