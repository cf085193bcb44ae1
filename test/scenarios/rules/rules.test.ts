import { readdirSync, readFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { edited } from '../../support/edit.ts'
import { startAsking } from './ask.ts'
import { RULES } from './rules.ts'
import { tableOf } from './table.ts'
import { fileOf, tryRules } from './try-rules.ts'

const ROOT = join(import.meta.dirname, '../../..')
/** What of the session machine no scenario can show, and why. */
const UNSEEN: Readonly<Record<string, string>> = {
  'jump.ts': 'bounds on a publisher’s broken clock, which conform and the tests beside it show',
  'lookup.ts': 'a look into a record',
  'state.ts': 'the shape of the state',
  'step.ts': 'how a fold takes notes',
}

test('there is a rule of every file of the session machine that a call can show', () => {
  const files = readdirSync(join(ROOT, 'packages/recording/src/session')).filter((name) => name.endsWith('.ts') && !/test|arbitrary/.test(name))
  const ruled = new Set(RULES.map(({ edit }) => edit.file.split('/').at(-1) ?? ''))
  expect(files.filter((name) => !ruled.has(name) && UNSEEN[name] === undefined)).toEqual([])
  expect(new Set(RULES.map(({ name }) => name)).size).toBe(RULES.length)
})

test('each still finds its place, once, and leaves a program', () => {
  for (const { edit } of RULES) {
    const source = readFileSync(join(ROOT, edit.file), 'utf8')
    const broken = edited(source, edit)
    expect(stripTypeScriptTypes(broken), edit.find).not.toBe(stripTypeScriptTypes(source))
  }
})

test('breaking any of them makes its scenarios fail', async () => {
  const through: string[] = []
  await tryRules(RULES, {
    jobs: 2,
    onTried({ name }, answers) {
      if (answers.length === 0) through.push(`${name}: nothing was played`)
      through.push(...answers.flatMap(({ file, status, why }) => (status === 'passed' || status === 'untried' ? [`${name}: ${file} ${status} ${why}`] : [])))
    },
  })
  expect(through).toEqual([])
}, 600_000)

test('a change with which the core can’t be loaded counts as not tried, and one that changes nothing as not caught', async () => {
  const child = startAsking()
  const find = 'export function fold('
  const ask = async (replace: string): Promise<string[]> => {
    const edit = { file: 'packages/recording/src/session/fold.ts', find, replace }
    return (await child.ask({ edit, files: [fileOf('modes/always-records-from-the-answer')], first: false })).map(({ status, why }) => `${status} ${why}`)
  }
  try {
    expect(await ask(`throw new Error('never loaded')\n${find}`)).toEqual([expect.stringMatching(/^untried .*never loaded/)])
    expect(await ask(`type Unused = { text: string }\n${find}`)).toEqual(['passed '])
  } finally {
    child.close()
  }
}, 120_000)

test('with none of them broken the same scenarios pass', async () => {
  const child = startAsking()
  try {
    const files = [...new Set(RULES.flatMap(({ caughtBy }) => caughtBy))].map(fileOf)
    const answers = await child.ask({ edit: null, files, first: false })
    expect(answers.filter(({ status }) => status !== 'passed').map(({ file, why }) => `${file}: ${why}`)).toEqual([])
    expect(answers.length).toBe(files.length)
  } finally {
    child.close()
  }
}, 600_000)

test('a scenario that comes to no end is told as one that could not be run, in seconds', async () => {
  const child = startAsking()
  try {
    const edit = { file: 'packages/recording/src/session/fold.ts', find: 'effects: [...step.effects, ...handled]', replace: 'effects: step.effects' }
    const [answer] = await child.ask({ edit, files: [fileOf('modes/always-records-from-the-answer')], first: false })
    expect(answer).toMatchObject({ status: 'broken', why: expect.stringContaining('10 s') })
  } finally {
    child.close()
  }
}, 60_000)

test('the page lists them as they are', () => {
  expect(readFileSync(join(ROOT, 'docs/scenario-rules.md'), 'utf8')).toContain(tableOf(RULES))
})
