import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { documentOf, twinreel } from '../testing/run-command.ts'
import { scratchDirectory } from '../testing/scratch-directory.ts'

const scratch = scratchDirectory()
const STORY = `scenario: Bob calls
users:
  alice: { mode: always, announcement: none, tone: off }
parties: { bob }
call: { from: bob, to: alice }
timeline:
  - 00:05 hang up
`

function written(name: string, text: string): string {
  const file = join(scratch, name)
  writeFileSync(file, text)
  return file
}

test('--update tells by its exit code that the audio is not as the file claims, whatever it wrote', async () => {
  const file = written('audio.scenario.yaml', `${STORY}expect:\n  alice:\n    audio:\n      - 00:00 to 00:05 left is bob\n`)
  const ran = await twinreel('scenario', 'run', file, '--update')
  expect([ran.exitCode, ran.stdout]).toEqual([1, expect.stringContaining('something else on the left from 00:00.000 on')])
  expect(readFileSync(file, 'utf8')).toContain('outcome: recorded')
  const outdated = written('outcome.scenario.yaml', `${STORY}expect: { alice: 'excluded, fax' }\n`)
  expect((await twinreel('scenario', 'run', outdated, '--update')).exitCode).toBe(0)
}, 60_000)

test('--update is refused with a seed that is not the file’s own', async () => {
  const file = written('seed.scenario.yaml', STORY)
  const ran = await twinreel('scenario', 'run', file, '--update', '--seed', '4')
  expect([ran.exitCode, ran.stderr]).toEqual([2, expect.stringContaining('--update and --seed exclude each other')])
  expect(readFileSync(file, 'utf8')).toBe(STORY)
}, 60_000)

test.each(['--junit', '--html'])(
  'a path at which nothing can be written is refused before anything is played: %s',
  async (option) => {
    const file = written('path.scenario.yaml', STORY)
    const ran = await twinreel('scenario', 'run', file, option, join(scratch, 'nowhere/report'))
    expect([ran.exitCode, ran.stdout, ran.stderr]).toEqual([2, '', expect.stringContaining('nowhere/report can’t be written')])
  },
  60_000,
)

test('a shard in which there is nothing is done, and says so; results are written all the same', async () => {
  const file = written('shard.scenario.yaml', STORY)
  const junit = join(scratch, 'empty.xml')
  const ran = await twinreel('scenario', 'run', file, '--shard', '2/2', '--junit', junit)
  expect([ran.exitCode, ran.stderr]).toEqual([0, expect.stringContaining('shard 2/2 has none of 1 scenarios')])
  expect(existsSync(junit)).toBe(true)
  expect(await documentOf(0, 'scenario', 'run', file, '--shard', '2/2')).toMatchObject({ passed: 0, failed: 0, scenarios: [] })
  const untagged = await twinreel('scenario', 'run', file, '--shard', '2/2', '--tag', 'other')
  expect([untagged.exitCode, untagged.stderr]).toEqual([2, expect.stringContaining('no scenario has the tag other')])
}, 60_000)
