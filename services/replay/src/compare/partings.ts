import { writeCallTime } from '@twinreel/contracts/call-time'
import type { Decided, DecidedEvent, Decision } from '../capture/capture.ts'
import { firstDifference, shown } from './differing.ts'
import { inWords } from './words.ts'

/** What the two sides are called: what was recorded `then` and what is decided `now`, or `before` and `now`. */
export interface Sides {
  was: string
  is: string
}

/** A message from which two things followed. */
export interface Parting {
  /** The how-manieth message of the capture; `null` when it can't be told any more which one it was. */
  number: number | null
  offset: number | null
  type: string
  atMs: number | null
  /** What followed on one side alone, in words. */
  was: readonly string[]
  is: readonly string[]
  /** `pause accepted then, rejected now (not-allowed-in-mode)`. */
  what: string
}

/** The messages at which two folds of one call part, in the order of the log. What follows from the first is among the later ones. */
export function partingsOf(was: Pick<Decided, 'events'>, is: Pick<Decided, 'events'>, sides: Sides): Parting[] {
  const [wasAt, isAt] = [byNumber(was), byNumber(is)]
  const numbers = [...new Set([...wasAt.keys(), ...isAt.keys()])].toSorted((a, b) => a - b)
  return numbers.flatMap((number) => {
    const [one, other] = [wasAt.get(number), isAt.get(number)]
    const event = other ?? one
    const parting = event === undefined ? null : partingAt(event, one?.decisions ?? [], other?.decisions ?? [], sides)
    return parting === null ? [] : [parting]
  })
}

function byNumber({ events }: Pick<Decided, 'events'>): Map<number, DecidedEvent> {
  return new Map(events.map((event) => [event.number, event]))
}

/** `null` when both are the same, in the same order. */
export function partingAt(event: Omit<DecidedEvent, 'decisions'>, was: readonly Decision[], is: readonly Decision[], sides: Sides): Parting | null {
  if (firstDifference(was, is) === null) return null
  const [onlyWas, onlyIs] = [without(was, is), without(is, was)]
  const { number, offset, type, atMs } = event
  return {
    number,
    offset,
    type,
    atMs,
    was: onlyWas.map(inWords),
    is: onlyIs.map(inWords),
    what: whatParts(type, { was, is }, { was: onlyWas, is: onlyIs }, sides),
  }
}

/** Those of `all` that are not among the others, as often as they are there. */
function without(all: readonly Decision[], others: readonly Decision[]): Decision[] {
  const left = [...others]
  return all.filter((decision) => {
    const at = left.findIndex((other) => firstDifference(decision, other) === null)
    if (at !== -1) left.splice(at, 1)
    return at === -1
  })
}

interface Both {
  was: readonly Decision[]
  is: readonly Decision[]
}

function whatParts(type: string, all: Both, only: Both, sides: Sides): string {
  if (type.startsWith('control.')) {
    const [was, is] = [verdictOf(all.was), verdictOf(all.is)]
    if (was !== is) return `${type.slice('control.'.length)} ${was} ${sides.was}, ${is.replace(/ \(.*/, '')} ${sides.is}${/ \(.*/.exec(is)?.[0] ?? ''}`
  }
  if (only.was.length === 0 && only.is.length === 0) return `in another order ${sides.is} than ${sides.was}`
  const [first, second] = [only.was[0], only.is[0]]
  const [was, is] = [listed(only.was), listed(only.is)]
  // The words are the same: a field tells.
  if (was === is && first !== undefined && second !== undefined) {
    const found = firstDifference(first, second)
    if (found !== null) return `${inWords(first)}, ${found.path}: ${shown(found.a)} ${sides.was}, ${shown(found.b)} ${sides.is}`
  }
  return `${was} ${sides.was}, ${is} ${sides.is}`
}

function verdictOf(decisions: readonly Decision[]): string {
  const rejected = decisions.find(({ kind, type }) => kind === 'command' && type === 'control.rejected')
  if (rejected !== undefined) return `rejected (${String((rejected['data'] as Readonly<Record<string, unknown>>)['reason'])})`
  const refused = decisions.find(({ kind }) => kind === 'refused')
  return refused === undefined ? 'accepted' : `refused (${String(refused['reason'])})`
}

const MOST_LISTED = 3

function listed(decisions: readonly Decision[]): string {
  if (decisions.length === 0) return 'nothing'
  const words = decisions.slice(0, MOST_LISTED).map(inWords)
  return decisions.length > MOST_LISTED ? `${words.join(' and ')} and ${decisions.length - MOST_LISTED} more` : words.join(' and ')
}

/** `event 17 at 00:42.310: pause accepted then, rejected now`. */
export function toldParting(parting: Parting): string {
  const { number, atMs } = parting
  const where = number === null ? 'an event' : `event ${number}`
  return `${where}${atMs === null ? '' : ` at ${writeCallTime(atMs)}`}: ${toldEvent(parting)}`
}

/** What happened at it, without the place: the event is named where the words don't. */
export function toldEvent({ type, what }: Parting): string {
  return type.startsWith('control.') && what.startsWith(type.slice('control.'.length)) ? what : `${type}: ${what}`
}
