import { mkdirSync, readdirSync, rmdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { deleteRecordings } from '@twinreel/catalog/deletions'
import { claimForPurge } from '@twinreel/catalog/retention'
import { inCatalog, withRecordings } from '../testing/known-recordings.ts'
import { documentOf, twinreel, type Ran } from '../testing/run-command.ts'
import { scratchDirectory } from '../testing/scratch-directory.ts'

const dataDir = join(scratchDirectory(), 'data')
const data = ['--data', dataDir]
const because = ['--reason', 'letter', ...data]
const journal = join(dataDir, 'objects/journal')
let obstacle = ''

beforeAll(async () => {
  await withRecordings(dataDir, { ann: ['ann-1', 'ann-2'], bob: ['bob-1'] })
  await inCatalog(dataDir, async (catalog) => {
    await deleteRecordings(catalog, { actor: 'ann', reason: 'test', by: 'user', recordingIds: ['ann-1'] })
    await claimForPurge(catalog, ['ann-1'], { clockOffsetMs: 73 * 3_600_000 })
  })
  await documentOf(0, 'users', 'set', 'ann', '--name', 'Ann', ...data)
})

// The store refuses the next object of the journal: a directory has its name.
beforeEach(() => {
  const last = readdirSync(journal).toSorted().at(-1) ?? ''
  obstacle = join(journal, `${String(Number(last.slice(0, 12)) + 1).padStart(12, '0')}.jsonl`)
  mkdirSync(obstacle)
})
afterEach(async () => {
  rmdirSync(obstacle)
  // Whoever comes next writes what waits.
  await documentOf(0, 'users', 'set', 'ann', '--name', `Ann after ${obstacle}`, ...data)
})

/** What was said of the change, after it was seen that the journal's trouble is told besides, without a claim. */
function told({ exitCode, stdout, stderr }: Ran): { stdout: string; stderr: string } {
  expect(exitCode, stderr).toBe(3)
  expect(stderr).toMatch(/error: what was changed, if anything, is not in the journal yet: object journal\/\d{12}\.jsonl/)
  expect(stderr).not.toContain('the change is made')
  return { stdout, stderr }
}

it('says that a hold came too late, though the hold could not be journaled', async () => {
  const { stdout, stderr } = told(await twinreel('holds', 'place', '--org', 'acme', '--recording', 'ann-1', ...because))
  expect(stdout).toMatch(/recording ann-1: 0 recordings kept/)
  expect(stderr).toMatch(/too late for recording ann-1: its deletion had begun\nerror: /)
})

it('says what a hold keeps, in one document with --json', async () => {
  const { stdout } = told(await twinreel('holds', 'place', '--org', 'acme', '--user', 'bob', ...because, '--json'))
  expect(JSON.parse(stdout)).toMatchObject({ holds: [{ subjectId: 'bob', keeps: 1, tooLateFor: [] }] })
})

it('says that nothing was restored, where what waits from before could not be journaled', async () => {
  told(await twinreel('users', 'set', 'bob', '--name', 'Bob', ...data))
  const { stdout } = told(await twinreel('recordings', 'restore', 'ann-1', 'bob-1', ...because))
  expect(stdout).toMatch(/│ ann-1 +│ too late: its deletion has begun +│/)
  expect(stdout).toMatch(/│ bob-1 +│ not in the bin +│/)
})

it('says whose tier was moved', async () => {
  const { stdout } = told(await twinreel('tiers', 'move', '--tier', 'ai', '--user', 'ann', ...because, '--json'))
  expect(JSON.parse(stdout)).toMatchObject({ tier: 'ai' })
})

it('says what rule stopped a request, and what was done before it', async () => {
  const { stdout, stderr } = told(await twinreel('users', 'set', 'eve', '--org', 'acme', '--licence', 'none', '--recording', 'on', ...data))
  expect(stdout).toBe('')
  expect(stderr).toMatch(/^error: .*no calling licence.*done before that: user added\n/)
})

it('refuses what is wrong with its own exit code where nothing waits for the journal', async () => {
  const { exitCode, stderr } = await twinreel('holds', 'place', '--org', 'acme', '--user', 'anne', ...because)
  expect(exitCode).toBe(2)
  expect(stderr).not.toContain('journal')
})
