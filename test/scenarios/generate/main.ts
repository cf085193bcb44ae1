import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { generatedStories, storyOf } from './files.ts'

// Writes test/scenarios/generated. What a file expects stays; of a new story it is written by `twinreel scenario run --update`.
const directory = join(import.meta.dirname, '../generated')
mkdirSync(directory, { recursive: true })
const stories = generatedStories()
for (const name of readdirSync(directory)) if (!stories.has(name)) rmSync(join(directory, name))
for (const [name, story] of stories) {
  const path = join(directory, name)
  const before = existsSync(path) ? readFileSync(path, 'utf8') : ''
  const expected = before.slice(storyOf(before).length)
  writeFileSync(path, expected === '' ? story : `${story}\n${expected}`)
}
console.log(`${stories.size} generated scenarios in test/scenarios/generated; twinreel scenario run --update test/scenarios/generated writes what they expect`)
