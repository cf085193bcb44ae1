import fc from 'fast-check'
import type { Act, History, Run, Step } from './step.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS
const TEN_YEARS_MS = 3_653 * DAY_MS

type Weighted<T> = fc.WeightedArbitrary<T>

const which = fc.nat(11)
/** Mostly those who are known. */
const owner = fc.constantFrom(0, 0, 0, 1, 1, 2, 3, 4)

/** How often each act is drawn among acts: what is new is added here. */
const ACTS: readonly Weighted<Act>[] = [
  { weight: 9, arbitrary: fc.record({ kind: fc.constant('record'), owner, isKept: often(4), isLive: often(1, 4) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('end'), which }) },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('tier'), owner, tier: fc.constantFrom('go', 'go', 'standard', 'ai') }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('bounce'), owner }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('odd-tier'), owner }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('hold'), on: fc.constantFrom('user', 'recording'), which }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('release'), which }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('move-all'), org: fc.nat(1), tier: fc.constantFrom('go', 'go', 'standard', 'ai'), isConfirmed: often(3) }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('confirm'), org: fc.nat(1) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('delete'), which }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('restore'), which }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('clock'), errorMs: fc.constantFrom(0, 0, 0, DAY_MS, -DAY_MS, TEN_YEARS_MS, -TEN_YEARS_MS) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('stray'), which, isInside: fc.boolean() }) },
]

const run: fc.Arbitrary<Run> = fc.record({
  kind: fc.constant('run'),
  during: fc.oneof(
    { weight: 3, arbitrary: fc.constant([]) },
    {
      weight: 2,
      arbitrary: fc.array(fc.record({ atCall: fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 8, max: 11 })), act: fc.oneof(...ACTS) }), {
        minLength: 1,
        maxLength: 3,
        size: 'max',
      }),
    },
  ),
  diesAtCall: fc.oneof({ weight: 4, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: fc.integer({ min: 1, max: 25 }) }),
  store: fc.oneof({ weight: 6, arbitrary: fc.constant('well' as const) }, { weight: 1, arbitrary: fc.constantFrom('down', 'refuses', 'refuses', 'mute') }),
  most: fc.oneof({ weight: 5, arbitrary: fc.constant(null) }, { weight: 2, arbitrary: fc.integer({ min: 1, max: 2 }) }),
  callMs: fc.constantFrom(0, 0, 1, 250),
})

const STEPS: readonly Weighted<Step>[] = [
  ...ACTS,
  { weight: 12, arbitrary: run },
  { weight: 11, arbitrary: fc.record({ kind: fc.constant('to-due'), offsetMs: fc.constantFrom(-1, 0, 0, 1) }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('pass'), ms: span(20 * DAY_MS) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('outage'), ms: span(60 * DAY_MS) }) },
]

export const histories: fc.Arbitrary<History> = fc.record({
  hasWitness: fc.boolean(),
  brake: fc.constantFrom(null, 1, 2),
  steps: fc.array(fc.oneof(...STEPS), { minLength: 5, maxLength: 40, size: 'max' }),
})

/** From a moment to as much as `mostMs`, of every order of magnitude alike. */
function span(mostMs: number): fc.Arbitrary<number> {
  return fc.oneof(...[1_000, MINUTE_MS, HOUR_MS, DAY_MS, mostMs].map((max) => fc.integer({ min: 1, max })))
}

/** True `times` out of `outOf`. */
function often(times: number, outOf = times + 1): fc.Arbitrary<boolean> {
  return fc.nat(outOf - 1).map((n) => n < times)
}
