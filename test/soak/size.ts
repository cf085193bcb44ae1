import { shuffled } from './shuffled.ts'
import type { Draws } from '@twinreel/simulator/random'

/** What is done to recorders: all but the last three kill, those freeze. */
export type Strike =
  | 'any'
  | 'put'
  | 'commit'
  | 'drain'
  | 'catching-up'
  | 'neighbour'
  | 'newcomer'
  | 'freeze'
  | 'freeze-put'
  | 'freeze-transaction'
  | 'freeze-two'

export interface Size {
  name: 'ci' | 'full'
  /** How often `ROUND` is gone through. */
  rounds: number
  /** Calls that are kept going: one ends, another begins. */
  chairs: number
  /** A strike comes at a moment of so much time after the one before has been got over. */
  restMs: number
  /** No strike begins later. */
  mostMinutes: number
}

/** Twenty kills and five freezes: some strikes are two of them. */
const ROUND: Readonly<Record<Strike, number>> = {
  any: 6,
  put: 3,
  commit: 3,
  drain: 2,
  'catching-up': 1,
  neighbour: 1,
  newcomer: 1,
  freeze: 1,
  'freeze-put': 1,
  'freeze-transaction': 1,
  'freeze-two': 1,
}

const SIZES: Readonly<Record<Size['name'], Size>> = {
  ci: { name: 'ci', rounds: 1, chairs: 120, restMs: 1_500, mostMinutes: Number.POSITIVE_INFINITY },
  full: { name: 'full', rounds: 10, chairs: 120, restMs: 5_000, mostMinutes: Number.POSITIVE_INFINITY },
}

/** `SOAK=full` is the long one; `SOAK_MINUTES` ends it early. */
export function sizeOf(variables: Readonly<Record<string, string | undefined>>): Size {
  const size = SIZES[variables['SOAK'] === 'full' ? 'full' : 'ci']
  const minutes = variables['SOAK_MINUTES']
  return minutes === undefined ? size : { ...size, mostMinutes: Number(minutes) }
}

/** Every round in an order of its own. */
export function strikesOf({ rounds }: Size, draws: Draws): Strike[] {
  const round = (Object.entries(ROUND) as [Strike, number][]).flatMap(([strike, times]) => Array.from({ length: times }, () => strike))
  return Array.from({ length: rounds }, () => shuffled(round, draws)).flat()
}
