import fc from 'fast-check'
import { expect, test } from 'vitest'
import { histories } from './draw.ts'
import { live } from './live.ts'
import { SIGHTS } from './world.ts'

const numRuns = Number(process.env['HISTORIES'] ?? 2_000)
// The same histories each time where nobody asks for more; a night's are new ones.
const seed = process.env['HISTORIES_SEED'] ?? (process.env['HISTORIES'] === undefined ? '1' : undefined)

test(`over ${numRuns} random histories what is due goes with the next run, and nothing else ever`, { timeout: 60_000 + numRuns * 60 }, async () => {
  const seen = new Set<string>()
  await fc.assert(
    fc.asyncProperty(histories, async (history) => {
      const world = await live(history)
      for (const sight of world.seen) seen.add(sight)
    }),
    { numRuns, ...(seed === undefined ? {} : { seed: Number(seed) }) },
  )
  expect(SIGHTS.filter((sight) => !seen.has(sight))).toEqual([])
})
