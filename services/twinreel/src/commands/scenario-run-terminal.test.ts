import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { twinreelOnTerminal } from '../testing/run-on-terminal.ts'
import { scratchDirectory } from '../testing/scratch-directory.ts'

const scratch = scratchDirectory()
const SIZE = { columns: 90, rows: 12 }

function written(name: string, { until = '00:05', expected = '' } = {}): string {
  const file = join(scratch, `${name}.scenario.yaml`)
  writeFileSync(
    file,
    `scenario: ${name} calls
users:
  alice: { mode: always, announcement: none, tone: off }
parties: { bob }
call: { from: bob, to: alice }
timeline:
  - ${until} hang up
${expected}`,
  )
  return file
}

test('on a terminal a run is a table, and below it stands what failed', async () => {
  const run = twinreelOnTerminal(SIZE, {}, 'scenario', 'run', written('Bob'), written('Carol', { expected: "expect: { alice: 'excluded, fax' }\n" }))
  expect(await run.ended).toEqual({ exitCode: 1, signal: null })
  const lines = await run.screen.all()
  expect(lines.slice(0, 4)).toEqual([
    expect.stringMatching(/^ {2}scenario +state +call time +recordings +met +took$/),
    expect.stringMatching(/^✓ Bob calls +passed +00:05 +1 +(\d+)\/\1 +[\d.]+ s$/),
    expect.stringMatching(/^✗ Carol calls +failed +00:05 +1 +\d+\/\d+ +[\d.]+ s$/),
    expect.stringMatching(/^2 of 2 judged · 1 failed · [\d.]+ s · 2 recordings · \d+ met, \d+ missed$/),
  ])
  expect(lines.join('\n')).toContain('expected: excluded, fax')
  expect(lines.at(-1)).toMatch(/^1 passed, 1 failed in /)
  expect(await run.screen.isCursorShown()).toBe(true)
}, 60_000)

test.each([
  ['NO_COLOR', { NO_COLOR: '1' }],
  ['a dumb terminal', { TERM: 'dumb' }],
  ['CI', { CI: 'true' }],
])(
  'with %s a terminal gets plain lines',
  async (_, env) => {
    const file = written('Dave')
    const run = twinreelOnTerminal({ columns: 250, rows: 24 }, env, 'scenario', 'run', file)
    expect((await run.ended).exitCode).toBe(0)
    expect(run.stdout()).toMatch(/^✓ Dave calls {2}.*Dave\.scenario\.yaml {2}[\d.]+ s\n\n1 passed in [\d.]+ s\n$/)
  },
  60_000,
)

test('on a terminal too --json prints one document and nothing else', async () => {
  const run = twinreelOnTerminal(SIZE, {}, 'scenario', 'run', written('Erin'), '--json')
  expect((await run.ended).exitCode).toBe(0)
  expect(JSON.parse(run.stdout())).toMatchObject({ passed: 1 })
}, 60_000)

test('Ctrl-C ends a run as ever, with the table as it is and the cursor below it', async () => {
  const run = twinreelOnTerminal(SIZE, {}, 'scenario', 'run', written('Frank', { until: '3:00:00' }))
  await expect.poll(() => run.screen.inSight(), { timeout: 30_000 }).toContainEqual(expect.stringMatching(/Frank calls +recording/))
  expect(await run.screen.isCursorShown()).toBe(false)
  run.interrupt()
  expect(await run.ended).toEqual({ exitCode: null, signal: 'SIGINT' })
  expect(await run.screen.isCursorShown()).toBe(true)
  expect(await run.screen.inSight()).toHaveLength(3)
}, 60_000)

test('an error leaves the cursor as it was', async () => {
  const run = twinreelOnTerminal(SIZE, {}, '--data', '/dev/null/nowhere', 'scenario', 'run', written('Grace'), '--realtime')
  expect((await run.ended).exitCode).not.toBe(0)
  expect(await run.screen.isCursorShown()).toBe(true)
  expect((await run.screen.all()).join('\n')).toContain('error: ')
}, 60_000)
