import { readFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { edited } from '../../support/edit.ts'
import { PLANTS } from './plants.ts'

const ROOT = join(import.meta.dirname, '../../..')

test('there are enough of them, and no two have one name', () => {
  expect(PLANTS.length).toBeGreaterThanOrEqual(30)
  expect(new Set(PLANTS.map(({ name }) => name)).size).toBe(PLANTS.length)
})

test.each(PLANTS.map((plant) => [plant.name, plant] as const))('%s still finds its place, once, and leaves a program', (_, { edits }) => {
  for (const [file, changes] of Map.groupBy(edits, (edit) => edit.file)) {
    const source = readFileSync(join(ROOT, file), 'utf8')
    const planted = changes.reduce(edited, source)
    expect(planted).not.toBe(source)
    // Throws for what is no TypeScript.
    expect(stripTypeScriptTypes(planted)).not.toBe(stripTypeScriptTypes(source))
  }
})
