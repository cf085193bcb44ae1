import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { generatedRows, generatedStories, storyOf } from './files.ts'
import { neededPairs, pairKeys } from './pairwise.ts'
import { DIMENSIONS, isAllowed } from './story.ts'

const DIRECTORY = join(import.meta.dirname, '../generated')

test('the generated scenarios are what their command writes', () => {
  const stories = generatedStories()
  expect(readdirSync(DIRECTORY).toSorted()).toEqual([...stories.keys()].toSorted())
  for (const [name, story] of stories) {
    const text = readFileSync(join(DIRECTORY, name), 'utf8')
    expect(storyOf(text).trimEnd(), `${name}: npx -y pnpm@12 scenarios:generate writes it anew`).toBe(story.trimEnd())
    expect(text, `${name} expects nothing`).toContain('\nexpect:')
  }
})

test('every pair of what can differ stands in one of them', () => {
  const rows = generatedRows()
  const covered = new Set(rows.flatMap(pairKeys))
  expect(neededPairs(DIMENSIONS, isAllowed).filter((pair) => !covered.has(pair))).toEqual([])
  expect(rows.every(isAllowed)).toBe(true)
})
