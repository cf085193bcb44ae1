import { join } from 'node:path'
import { expect, it } from 'vitest'
import { writeTier } from '@twinreel/catalog/contract/write-tier'
import { putHalt } from '@twinreel/catalog/retention-halts'
import { inCatalog, withRecordings } from '../testing/known-recordings.ts'
import { twinreelWith } from '../testing/run-command.ts'
import { scratchDirectory } from '../testing/scratch-directory.ts'

const dataDir = join(scratchDirectory(), 'data')
const DAY_MS = 86_400_000

const twinreel = (...args: string[]) => twinreelWith({ TWINREEL_RETENTION_HALT_RECORDINGS: '2' }, '--data', dataDir, ...args)
const confirm = (count: string, org = 'acme') => twinreel('retention', 'confirm', '--org', org, '--count', count, '--reason', 'on purpose', '--actor', 'ada')

it('tells of a halt wherever somebody looks, and takes a confirmation by the number that is true now', async () => {
  await withRecordings(dataDir, { ann: ['ann-1', 'ann-2', 'ann-3'] })
  expect((await twinreel('retention', 'halts')).stdout).toBe('retention is halted for no organization\n')
  // Two months ago somebody moved her, alone; what the last run counted is another number by now.
  await inCatalog(dataDir, async (catalog) => {
    await writeTier(catalog, { tier: 'go', sinceMs: (await catalog.nowMs()) - 60 * DAY_MS }, { orgId: 'acme' })
    await putHalt(catalog, { orgId: 'acme', dueCount: 4, totalCount: 4 })
  })

  const told = 'retention is halted for organization acme: 4 of 4 recordings would be deleted, and nothing explains it.'
  for (const words of ['halts', 'due']) expect((await twinreel('retention', words)).stdout).toContain(told)
  const [halt] = JSON.parse((await twinreel('--json', 'retention', 'halts')).stdout) as unknown[]
  expect(halt).toMatchObject({ orgId: 'acme', dueCount: 4, totalCount: 4, confirmed: null, liftedAt: null })

  const held = await twinreel('retention', 'run')
  expect(held).toMatchObject({ exitCode: 1, stdout: expect.stringMatching(/more is due +no, besides what is halted\nhalted +for acme\n/) })
  await inCatalog(dataDir, (catalog) => putHalt(catalog, { orgId: 'acme', dueCount: 4, totalCount: 4 }))

  const stale = '3 recordings of organization acme would go unexplained now; the last run counted 4 (1 fewer since). Confirmed were 4: nothing is confirmed'
  expect(await confirm('4')).toMatchObject({ exitCode: 1, stdout: '', stderr: expect.stringContaining(stale) })
  expect(await confirm('3', 'nope')).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('organization nope is unknown') })
  expect(await confirm('3')).toMatchObject({
    exitCode: 0,
    stdout: expect.stringContaining('may delete 3 recordings, as was confirmed; the next run does'),
  })
  expect(await confirm('3')).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('confirmed already') })
  expect((await twinreel('retention', 'halts')).stdout).toMatch(/acme.*4.*4.*3.*ada.*on purpose/)

  const run = await twinreel('retention', 'run')
  expect(run).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/halted +for no organization/) })
  expect((await twinreel('recordings', 'show', 'ann-1')).stdout).toContain('purged')
  expect((await twinreel('retention', 'halts')).stdout).toBe('retention is halted for no organization\n')
  expect((await twinreel('retention', 'halts', '--all')).stdout).toContain('on purpose')
}, 120_000)

it('confirms nothing when nothing unusual would go any more', async () => {
  await inCatalog(dataDir, (catalog) => putHalt(catalog, { orgId: 'acme', dueCount: 3, totalCount: 4 }))
  const { exitCode, stderr } = await confirm('3')
  expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: expect.stringContaining('0 recordings of organization acme would go unexplained now') as string })
  expect(stderr).toContain('the next run lifts the halt')
  expect((await twinreel('retention', 'halts')).stdout).toContain('retention is halted for organization acme')
  await twinreel('retention', 'run')
  expect((await twinreel('retention', 'halts')).stdout).toBe('retention is halted for no organization\n')
}, 60_000)

it('says of a recording that is purged that it is, when somebody wants to hold it', async () => {
  const { exitCode, stdout, stderr } = await twinreel('holds', 'place', '--org', 'acme', '--recording', 'ann-1', '--reason', 'letter')
  expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' })
  expect(stderr).toMatch(/recording ann-1 is purged since .*nothing of it is left to hold/)
  expect(stderr).toContain('twinreel retention certificate')
})
