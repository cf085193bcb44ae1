import { InvalidArgumentError, Option } from 'commander'
import { faultOfLine, LONGEST } from '@twinreel/catalog/accounts/plain-line'
import type { Settings } from '@twinreel/recording/settings'

/** A whole number from `min` on. */
export function wholeNumber(min: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value < min) throw new InvalidArgumentError(`It must be a whole number, at least ${min}.`)
    return value
  }
}

/** Whole seconds in a range. */
export function seconds(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (!/^\d+$/.test(text) || value < min || value > max) throw new InvalidArgumentError(`It must be ${min} to ${max} seconds.`)
    return value
  }
}

/** A text that is there, of `max` characters at most. */
export function nonEmpty(max: number): (text: string) => string {
  return (text) => {
    if (text.length === 0 || text.length > max) throw new InvalidArgumentError(`It must have 1 to ${max} characters.`)
    return text
  }
}

/** Why, by whom or in which matter: one line that can be read. */
export function line(of: keyof typeof LONGEST): (text: string) => string {
  return (text) => {
    const fault = faultOfLine(text, LONGEST[of])
    if (fault !== null) throw new InvalidArgumentError(`It ${fault}.`)
    return text
  }
}

export function probability(text: string): number {
  const value = Number(text)
  if (text.trim() === '' || !(value >= 0 && value <= 1)) throw new InvalidArgumentError('It must be a probability from 0 to 1.')
  return value
}

/** Milliseconds UTC of an ISO 8601 time with its offset: `2026-01-31T09:00:00Z`. */
export function time(text: string): number {
  const value = Date.parse(text)
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/.test(text) || Number.isNaN(value) || !isDay(text.slice(0, 10))) {
    throw new InvalidArgumentError('It must be an ISO 8601 time with its offset, such as 2026-01-31T09:00:00Z.')
  }
  return value
}

/** Of a day that no month has `Date.parse` makes one of the next. */
function isDay(date: string): boolean {
  const value = Date.parse(date)
  return !Number.isNaN(value) && new Date(value).toISOString().startsWith(date)
}

/** The same, or a date alone: its beginning, UTC. */
export function dateOrTime(text: string): number {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return time(text)
  const value = Date.parse(text)
  if (!isDay(text)) throw new InvalidArgumentError('It must be a date, such as 2026-01-31, or an ISO 8601 time with its offset.')
  return value
}

/** An option that takes one of these words. */
export function oneOf(flags: string, description: string, words: readonly string[]): Option {
  return new Option(flags, description).choices(words)
}

/** An option that is `on` or `off`, as a boolean. */
export function onOff(flags: string, description: string): Option {
  return new Option(flags, description).argParser((text: string) => {
    if (text !== 'on' && text !== 'off') throw new InvalidArgumentError('It must be on or off.')
    return text === 'on'
  })
}

const CALL_KINDS = ['inbound-internal', 'inbound-external', 'outbound-internal', 'outbound-external']

/** `all`, `none`, or a comma-separated list of kinds. */
export function callKinds(text: string): Settings['calls'] {
  const named = text === 'all' ? CALL_KINDS : text === 'none' ? [] : text.split(',').map((kind) => kind.trim())
  const unknown = named.find((kind) => !CALL_KINDS.includes(kind))
  if (unknown !== undefined) throw new InvalidArgumentError(`${JSON.stringify(unknown)} is none of ${CALL_KINDS.join(', ')}; or say all or none.`)
  return {
    inboundInternal: named.includes('inbound-internal'),
    inboundExternal: named.includes('inbound-external'),
    outboundInternal: named.includes('outbound-internal'),
    outboundExternal: named.includes('outbound-external'),
  }
}
