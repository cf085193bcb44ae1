const FORMATS = new Map<string, Intl.DateTimeFormat>()

/** For people: a moment as clocks in a time zone show it, with its offset: `2026-03-01 11:00:00 +01:00`. `timeZone` is an IANA name. */
export function zoneTime(timeMs: number, timeZone: string): string {
  const parts = new Map(
    formatOf(timeZone)
      .formatToParts(timeMs)
      .map(({ type, value }) => [type, value]),
  )
  const of = (name: Intl.DateTimeFormatPartTypes): string => parts.get(name) ?? ''
  // `GMT` for none, else `GMT+05:30`.
  const offset = of('timeZoneName').slice(3) || '+00:00'
  return `${of('year')}-${of('month')}-${of('day')} ${of('hour')}:${of('minute')}:${of('second')} ${offset}`
}

function formatOf(timeZone: string): Intl.DateTimeFormat {
  const known = FORMATS.get(timeZone)
  if (known !== undefined) return known
  const two = '2-digit'
  const made = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: two,
    day: two,
    hour: two,
    minute: two,
    second: two,
    timeZoneName: 'longOffset',
  })
  FORMATS.set(timeZone, made)
  return made
}
