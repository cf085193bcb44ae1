/** Of a cron expression with seconds: second, minute, hour, day of the month, month, day of the week. */
const RANGES = [
  [0, 59],
  [0, 59],
  [0, 23],
  [1, 31],
  [1, 12],
  [0, 7],
] as const

/** Whether this is a cron expression of five or six fields: numbers, ranges, stars and steps, several between commas; no names. */
export function isSchedule(expression: string): boolean {
  const fields = expression.trim().split(/ +/)
  if (fields.length !== 5 && fields.length !== 6) return false
  const ranges = RANGES.slice(RANGES.length - fields.length)
  return fields.every((field, index) => field.split(',').every((part) => isPart(part, ranges[index] ?? RANGES[0])))
}

function isPart(part: string, [min, max]: readonly [number, number]): boolean {
  const match = /^(?:\*|(\d{1,2})(?:-(\d{1,2}))?)(?:\/(\d{1,2}))?$/.exec(part)
  if (match === null) return false
  const [, first, last, step] = match
  if (step !== undefined && (Number(step) < 1 || (first !== undefined && last === undefined))) return false
  if (first === undefined) return true
  const [from, to] = [Number(first), Number(last ?? first)]
  return from >= min && to <= max && from <= to
}
