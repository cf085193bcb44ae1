import { existsSync, writeFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { twinreel } from '../testing/run-command.ts'
import { scratchDirectory } from '../testing/scratch-directory.ts'

const scratch = scratchDirectory()

const COMMANDS = [
  ['demo'],
  ['serve'],
  ['stop'],
  ['simulate'],
  ['orgs'],
  ['orgs', 'enable'],
  ['orgs', 'disable'],
  ['orgs', 'list'],
  ['users'],
  ['users', 'list'],
  ['users', 'show'],
  ['users', 'set'],
  ['users', 'erase'],
  ['tiers'],
  ['tiers', 'move'],
  ['tiers', 'history'],
  ['holds'],
  ['holds', 'place'],
  ['holds', 'release'],
  ['holds', 'list'],
  ['recordings'],
  ['recordings', 'list'],
  ['recordings', 'show'],
  ['recordings', 'export'],
  ['recordings', 'verify'],
  ['recordings', 'delete'],
  ['recordings', 'restore'],
  ['ledger'],
  ['retention'],
  ['retention', 'due'],
  ['retention', 'run'],
  ['retention', 'halts'],
  ['retention', 'confirm'],
  ['retention', 'certificate'],
  ['retention', 'audit'],
  ['retention', 'audit', 'verify'],
  ['retention', 'evidence'],
  ['retention', 'check-bucket'],
  ['retention', 'explain'],
  ['retention', 'report'],
]

it('names every command in its help, with the exit codes', async () => {
  const { exitCode, stdout, stderr } = await twinreel('--help')
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
  for (const [name = ''] of COMMANDS) expect(stdout).toContain(`\n  ${name} `)
  expect(stdout).toContain('0 done · 1 the thing checked does not hold · 2 wrong usage or configuration · 3 an engine is unreachable or damaged')
})

it.each(COMMANDS.map((words) => [words.join(' '), words] as const))('explains %s with an example', async (name, words) => {
  const { exitCode, stdout, stderr } = await twinreel(...words, '--help')
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
  expect(stdout).toMatch(new RegExp(`Usage: twinreel ${name} `))
  expect(stdout).toMatch(new RegExp(`Example:\n  \\$ twinreel ${words[0]} ?`))
  expect(stdout).toContain('--data <dir>')
})

it.each([
  [['recordngs'], 'Did you mean recordings?'],
  [['recordings', 'lst'], 'Did you mean list?'],
  [['recordings', 'list', '--ownr', 'ada'], 'Did you mean --owner?'],
  [['recordings', 'list', 'ada'], 'too many arguments'],
  [['recordings', 'list', '--status', 'gone'], 'Allowed choices are recording, paused, completed'],
  [['recordings', 'export', 'some-id'], '--out <file>'],
  [['users', 'set'], 'missing required argument'],
  [['users', 'set', 'ada', '--tone', 'maybe'], 'It must be on or off.'],
  [['users', 'set', 'ada', '--calls', 'inbound'], '"inbound" is none of inbound-internal'],
  [['users', 'set', 'ada', '--tone-interval', '9'], "option '--tone-interval <s>' argument '9' is invalid. It must be 10 to 90 seconds."],
  [['users', 'set', 'ada', '--name', ''], "option '--name <name>' argument '' is invalid. It must have 1 to 256 characters."],
  [['orgs', 'enable', 'acme', '--segment-seconds', '121'], "option '--segment-seconds <s>' argument '121' is invalid. It must be 1 to 120 seconds."],
  [['orgs', 'enable', 'acme', '--name', ''], "option '--name <name>' argument '' is invalid. It must have 1 to 256 characters."],
  [['orgs', 'enable', 'acme', '--reason', ''], "option '--reason <text>' argument '' is invalid. It must not be blank."],
  [['tiers', 'move', '--tier', 'ai', '--user', 'ada', '--reason', '   '], 'It must not be blank.'],
  [['recordings', 'delete', 'some-id', '--by', 'user', '--reason', 'x', '--actor', 'a\u001B[2J'], 'It must be one line without control characters.'],
  [['holds', 'place', '--org', 'acme', '--user', 'ada', '--reason', 'x', '--matter', '\t'], 'It must be one line without control characters.'],
  [['retention', 'confirm', '--org', 'acme', '--count', '1', '--reason', ' '], 'It must not be blank.'],
  [['retention', 'report', '--by', 'colour'], '"colour" is none of org, tier, age, size.'],
  [['retention', 'report', '--forecast', '90'], 'It must be 1d to 3660d.'],
  [['retention', 'report', '--csv', '--json'], 'two forms of the same'],
  [['retention', 'report', '--prices', 'x.json'], 'add --forecast 90d'],
  [['simulate', '--calls', '3'], '--seed <n>'],
  [['simulate', '--seed', '1', '--loss', '2'], 'a probability from 0 to 1'],
  [['simulate', '--seed', '1', '--start', 'yesterday'], 'an ISO 8601 time'],
  [[], 'Usage: twinreel'],
  [['users'], 'Usage: twinreel users'],
])('refuses %j as wrong usage', async (args, complaint) => {
  const { exitCode, stdout, stderr } = await twinreel(...args)
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' })
  expect(stderr).toContain(complaint)
})

it('does not make a data directory out of a typing mistake', async () => {
  const dataDir = join(scratch, 'mistyped')
  for (const args of [['recordings', 'list'], ['ledger'], ['users', 'list'], ['retention', 'due'], ['recordings', 'verify']]) {
    const { exitCode, stdout, stderr } = await twinreel(...args, '--data', dataDir, '--json')
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' })
    expect(stderr).toContain(`${dataDir} is no data directory`)
    expect(stderr).toContain('next: ')
  }
  expect(existsSync(dataDir)).toBe(false)
})

it('says which engine is damaged', async () => {
  const dataDir = join(scratch, 'damaged')
  mkdirSync(dataDir, { recursive: true })
  writeFileSync(join(dataDir, 'catalog.db'), 'this is no database, and long enough that nobody takes it for an empty one'.repeat(100))
  const { exitCode, stdout, stderr } = await twinreel('recordings', 'list', '--data', dataDir, '--json')
  expect({ exitCode, stdout }).toEqual({ exitCode: 3, stdout: '' })
  expect(stderr).toContain(join(dataDir, 'catalog.db'))
})
