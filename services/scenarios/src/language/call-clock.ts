/** Call time as scenarios write it (`writeCallTime` of packages/contracts, and shorter): `00:05.250`, `1:02:03.004`, and `-00:01` for a second before the answer. */
const CALL_TIME = /^(-)?(?:(\d{1,3}):)?(\d{1,2}):([0-5]\d)(?:\.(\d{1,3}))?$/

/** Milliseconds since the answer, or `null` for what is no call time. */
export function readCallTime(text: string): number | null {
  const match = CALL_TIME.exec(text)
  if (match === null) return null
  const [, minus, hours, minutes = '0', seconds = '0', fraction = ''] = match
  if (hours !== undefined && Number(minutes) > 59) return null
  const ms = ((Number(hours ?? 0) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1_000 + Number(fraction.padEnd(3, '0'))
  return minus === undefined ? ms : -ms
}

const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, min: 60_000, h: 3_600_000, d: 86_400_000 }
const DURATION = /^(\d+(?:\.\d+)?) ?(ms|s|min|h|d)$/

/** Whole milliseconds of `250 ms`, `1.5 s`, `2 min`, `720 h` or `30 d`, or `null`. */
export function readDuration(text: string): number | null {
  const match = DURATION.exec(text)
  if (match === null) return null
  const ms = Number(match[1]) * (UNITS_MS[match[2] ?? ''] ?? Number.NaN)
  return Number.isInteger(Math.round(ms * 1_000) / 1_000) ? Math.round(ms) : null
}

/** In the largest unit of milliseconds, seconds and hours that leaves it whole enough to read. */
export function writeDuration(ms: number): string {
  if (ms >= 3_600_000 && ms % 3_600_000 === 0) return `${ms / 3_600_000} h`
  return ms >= 1_000 ? `${ms / 1_000} s` : `${ms} ms`
}
