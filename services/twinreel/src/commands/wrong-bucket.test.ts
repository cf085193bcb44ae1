import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { inCatalog, withRecordings } from '../testing/known-recordings.ts'
import { documentOf, twinreel } from '../testing/run-command.ts'
import { scratchDirectory } from '../testing/scratch-directory.ts'

const dataDir = join(scratchDirectory(), 'data')
const data = ['--data', dataDir]
const [objects, away] = [join(dataDir, 'objects'), join(dataDir, 'unmounted')]
const HOLD = ['holds', 'place', '--org', 'acme', '--user', 'ann', '--reason', 'letter']

beforeAll(() => withRecordings(dataDir, { ann: ['ann-1', 'ann-2'] }))
beforeEach(() => renameSync(objects, away))
afterEach(() => {
  rmSync(objects, { recursive: true, force: true })
  renameSync(away, objects)
})

// Each in its own way opens a place, or changes something.
const CHANGES = [HOLD, ['orgs', 'enable', 'acme', '--name', 'Another'], ['recordings', 'delete', 'ann-1', '--by', 'user', '--reason', 'private']]

/** All that the changes above would have changed. */
async function state(): Promise<unknown> {
  let rows: unknown
  await inCatalog(dataDir, async ({ db }) => {
    const counted = async (table: 'legal_holds' | 'deletions' | 'journal_entries' | 'journal_objects'): Promise<number> =>
      (await db.selectFrom(table).selectAll().execute()).length
    rows = [
      await db.selectFrom('orgs').selectAll().execute(),
      await Promise.all([counted('legal_holds'), counted('deletions'), counted('journal_entries'), counted('journal_objects')]),
    ]
  })
  return rows
}

it('changes nothing and makes no directory where the objects are away', async () => {
  const before = await state()
  for (const change of CHANGES) {
    const { exitCode, stdout, stderr } = await twinreel(...change, ...data)
    expect({ exitCode, stdout, isMade: existsSync(objects) }, stderr).toEqual({ exitCode: 3, stdout: '', isMade: false })
    expect(stderr).toMatch(/object directory \S+\/data\/objects is not there, and this catalog wrote journal\/\d{12}\.jsonl into it/)
    expect(stderr).toContain('next: mount or restore it')
  }
  expect(await state()).toEqual(before)
})

it('makes no directory either where it only looks', async () => {
  for (const look of [
    ['retention', 'due'],
    ['retention', 'run'],
    ['recordings', 'verify', 'ann-1'],
  ])
    await twinreel(...look, ...data)
  expect(existsSync(objects)).toBe(false)
})

it('changes nothing where another store lies in its place, and says which object shows it and what to do', async () => {
  const before = await state()
  mkdirSync(objects)
  for (const change of CHANGES) {
    const { exitCode, stdout, stderr } = await twinreel(...change, ...data)
    expect({ exitCode, stdout }, stderr).toEqual({ exitCode: 1, stdout: '' })
    expect(stderr).toMatch(/catalog and bucket don’t belong together: the bucket lacks journal\/\d{12}\.jsonl, which this catalog wrote there/)
    expect(stderr).toMatch(/next: .*name the right database and bucket/)
  }
  expect(readdirSync(objects)).toEqual(['.tmp'])
  expect(await state()).toEqual(before)
})

it('places the hold when the right store is back, and a rebuilt catalog has it', async () => {
  expect((await twinreel(...HOLD, ...data)).exitCode).toBe(3)
  renameSync(away, objects)
  await documentOf(0, ...HOLD, ...data)
  expect(JSON.parse((await twinreel('catalog', 'rebuild', '--dry-run', ...data, '--json')).stdout)).toMatchObject({ legalHolds: 1 })
  renameSync(objects, away)
})
