import type { Capture, Decided } from '../capture/capture.ts'
import { decide } from '../fold/decide.ts'
import { outcomeDifferences, type OutcomeDifference } from './outcomes.ts'
import { partingsOf, toldParting, type Parting, type Sides } from './partings.ts'
import { partingsWithRecorded } from './with-recorded.ts'

/** What two folds of one call have in common: everything, or where they part. */
export interface Comparison {
  same: boolean
  /** The first event at which they part is the first; those after it may follow from it. */
  partings: readonly Parting[]
  outcome: readonly OutcomeDifference[]
}

const THEN_AND_NOW: Sides = { was: 'then', is: 'now' }
const CAPTURED_AND_NOW: Sides = { was: 'when it was captured', is: 'now' }

/** Folds a captured call again and compares it with what was decided and stored then. Throws `FoldError`. */
export async function replay(capture: Capture): Promise<Comparison & { decided: Decided }> {
  const decided = await decide(capture)
  return { ...compareWithCapture(capture, decided), decided }
}

export function compareWithCapture(capture: Capture, now: Decided): Comparison {
  const { header, recorded, decided } = capture
  const sides = header.agreed.with === 'then' ? THEN_AND_NOW : CAPTURED_AND_NOW
  const own = compareDecided(decided, now, sides)
  if (recorded === null) return own
  const partings = merged(own.partings, partingsWithRecorded(capture, now, THEN_AND_NOW))
  const outcome = outcomeDifferences(recorded, now, { sides: THEN_AND_NOW, isPartly: !header.isOver })
  const known = new Set(outcome.map(({ where }) => where))
  return compared(partings, [...outcome, ...own.outcome.filter(({ where }) => !known.has(where))])
}

export function compareDecided(was: Decided, is: Decided, sides: Sides): Comparison {
  return compared(partingsOf(was, is, sides), outcomeDifferences(was, is, { sides, isPartly: false }))
}

function compared(partings: readonly Parting[], outcome: readonly OutcomeDifference[]): Comparison {
  return { same: partings.length === 0 && outcome.length === 0, partings, outcome }
}

/** By number, each event once: what the fold itself says of it tells more than the commands alone. */
function merged(own: readonly Parting[], others: readonly Parting[]): Parting[] {
  const known = new Set(own.map(({ number }) => number))
  const all = [...own, ...others.filter(({ number }) => number === null || !known.has(number))]
  return all.toSorted((a, b) => (a.number ?? Number.MAX_SAFE_INTEGER) - (b.number ?? Number.MAX_SAFE_INTEGER))
}

/** Where two folds part, in one line; `null` when they don't. */
export function toldComparison({ partings: [first], outcome: [result] }: Comparison): string | null {
  if (first !== undefined) return toldParting(first)
  return result === undefined ? null : `${result.where}: ${result.what}`
}
