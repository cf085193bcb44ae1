import { expect, test } from 'vitest'
import { runTwice } from './run-twice.ts'
import { explore } from './explore.ts'
import { addResult, emptySummary } from './summary.ts'

/** On two cores that are free it takes three quarters of a minute. */
const MOST_MS = 600_000

test(
  'in two hundred seeds, each lived twice, everything holds, and every kind of fault fires',
  async () => {
    const summary = emptySummary()
    await explore({ from: 1, seeds: 200, forMs: MOST_MS, jobs: 2, onResult: (result) => addResult(summary, result) })
    expect(summary.violations).toEqual([])
    expect(summary.neverFired).toEqual([])
    expect(summary.seeds).toBe(200)
    expect(summary.totals.purged).toBeGreaterThan(0)
  },
  MOST_MS,
)

test.each([
  [1_969, 'a call of which the log lost the answer, and tells the start again'],
  [838, 'a key that is pressed in a call that has fallen silent'],
  [1076, 'two partitions that offer a full disk the same audio again'],
])('seed %i holds: %s', async (seed) => {
  expect((await runTwice(seed)).violations).toEqual([])
})
