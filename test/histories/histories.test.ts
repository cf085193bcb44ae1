import { randomInt } from 'node:crypto'
import { expect, test } from 'vitest'
import { chunksOf, liveAll } from './chunks.ts'
import { SIGHTS } from './world.ts'

const count = Number(process.env['HISTORIES'] ?? 2_000)
// The same histories each time where nobody asks for more; a night's are new ones.
const seed = Number(process.env['HISTORIES_SEED'] ?? (process.env['HISTORIES'] === undefined ? 1 : randomInt(2 ** 31)))

test(`over ${count} random histories what is due goes with the next run, and nothing else ever`, { timeout: 60_000 + count * 600 }, async () => {
  const seen = await liveAll(chunksOf(count, seed))
  expect(SIGHTS.filter((sight) => !seen.has(sight))).toEqual([])
})
