import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { CAUGHT, OPEN } from './caught.ts'
import { PLANTS } from './plants.ts'
import { searchAll } from './search.ts'
import { tableOf } from './table.ts'
import { trySeeds } from './try-seeds.ts'

const PAGE = join(import.meta.dirname, '../../../docs/planted-bugs.md')

test('every planted bug that is not named as open is caught by the simulation', async () => {
  const found = await searchAll(
    PLANTS.filter(({ name }) => !OPEN.includes(name)),
    { jobs: 2, onFound() {} },
  )
  expect(found.filter(({ caught }) => caught === null).map(({ plant }) => plant.name)).toEqual([])
  expect(found.length).toBeGreaterThanOrEqual(30)
}, 1_500_000)

test('without any, the same seeds show nothing', async () => {
  const seeds = new Set(Object.values(CAUGHT).map(({ seed }) => seed))
  expect(await trySeeds(null, seeds)).toEqual({ caught: null, seeds: seeds.size })
}, 1_500_000)

test('the page lists them as they are', () => {
  expect(new Set([...Object.keys(CAUGHT), ...OPEN])).toEqual(new Set(PLANTS.map(({ name }) => name)))
  expect(readFileSync(PAGE, 'utf8')).toContain(tableOf(PLANTS))
})
