import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { readScenarios, scenarioFiles } from './find-files.ts'

const STORY = `scenario: Bob calls
users:
  alice: { mode: always }
parties: { bob }
call: { from: bob, to: alice }
timeline:
  - 00:02 hang up
`

function directoryWith(files: Readonly<Record<string, string>>): string {
  const directory = mkdtempSync(join(tmpdir(), 'scenarios-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  mkdirSync(join(directory, 'more'))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text)
  return directory
}

it('names both places of a name that two scenarios have', () => {
  const directory = directoryWith({ 'a.scenario.yaml': `# ours\n${STORY}`, 'more/b.scenario.yaml': `# ours too,\n# of another day\n\n${STORY}` })
  const files = scenarioFiles([directory])
  expect(() => readScenarios(files)).toThrow(
    `${join(directory, 'more/b.scenario.yaml')}:4:1: “Bob calls” is the name of ${join(directory, 'a.scenario.yaml')}:2 already; names tell scenarios apart: choose another`,
  )
})

it('reads a file once, however it is named', () => {
  const directory = directoryWith({ 'a.scenario.yaml': STORY })
  const file = join(directory, 'a.scenario.yaml')
  expect(scenarioFiles([relative(process.cwd(), file), directory, file])).toEqual([relative(process.cwd(), file)])
})
