import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { documentOf, twinreel } from '../testing/run-command.ts'
import { scratchDirectory } from '../testing/scratch-directory.ts'

const KEPT = join(import.meta.dirname, '../../../../test/replays')
const scratch = scratchDirectory()

test('a captured call becomes a scenario that runs, and no file is replaced unasked', async () => {
  const file = join(scratch, 'card-number.scenario.yaml')
  const fromCall = ['scenario', 'from-call', join(KEPT, 'card-number.ndjson'), '--out', file]
  expect(await documentOf(0, ...fromCall)).toMatchObject({ file, partings: [] })
  expect(readFileSync(file, 'utf8')).toContain('- 00:12.345 bob pauses\n')
  expect((await twinreel('scenario', 'run', file)).exitCode).toBe(0)
  const again = await twinreel(...fromCall)
  expect([again.exitCode, again.stderr]).toEqual([2, `error: ${file} is there already\n  next: name another file with --out, or replace it with --force\n`])
  writeFileSync(file, 'other')
  expect((await twinreel(...fromCall, '--force')).exitCode).toBe(0)
  expect(readFileSync(file, 'utf8')).toMatch(/^# Written by /)
}, 120_000)

test('what is no capture is refused', async () => {
  const path = join(scratch, 'first.ndjson')
  writeFileSync(path, '{"line":"other"}\n')
  const refused = await twinreel('scenario', 'from-call', path, '--out', join(scratch, 'first.scenario.yaml'))
  expect(refused.exitCode).toBe(2)
  expect(refused.stderr).toContain('no capture begins here')
  for (const [given, problem] of [
    [scratch, 'it is a directory'],
    [join(scratch, 'none.ndjson'), 'there is no such file'],
  ] as const) {
    const { exitCode, stderr } = await twinreel('scenario', 'from-call', given, '--out', join(scratch, 'none.scenario.yaml'))
    expect([exitCode, stderr]).toEqual([2, `error: ${given}: ${problem}; expected is a captured call, as \`twinreel log capture\` writes it\n`])
  }
})
