import { renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { enableOrganization } from '@twinreel/catalog/accounts/organizations'
import { switchRecordingOn } from '@twinreel/catalog/accounts/recording-switch'
import { addUser } from '@twinreel/catalog/accounts/users'
import { BECAUSE, finishedRecordings } from '@twinreel/catalog/contract/setup'
import { writeJournal } from '@twinreel/catalog/journal/write'
import { put } from '@twinreel/retention/world'
import { beforeAll, describe, expect, test } from 'vitest'
import { openEngines } from '../engines.ts'
import { keyOfDirectory } from '../keys/key-of-directory.ts'
import { documentOf, twinreel } from '../testing/run-command.ts'
import { scratchDirectory } from '../testing/scratch-directory.ts'

const dataDir = join(scratchDirectory(), 'data')
const [disk, away] = [join(dataDir, 'objects/recordings'), join(dataDir, 'unmounted')]

beforeAll(async () => {
  const { catalog, store, close } = await openEngines({ dataDir })
  await enableOrganization(catalog, { ...BECAUSE, orgId: 'acme', name: 'Acme', partnerId: 'carrier' })
  await addUser(catalog, { ...BECAUSE, userId: 'ann', orgId: 'acme', licence: 'professional' })
  await switchRecordingOn(catalog, { ...BECAUSE, userId: 'ann', settings: { mode: 'always' } })
  // Nobody kept these, so they are due at once; the last one stays.
  await finishedRecordings(catalog, ['rec-1', 'rec-2'], { status: 'not-kept', provisional: true })
  await finishedRecordings(catalog, ['rec-9'])
  for (const id of ['rec-1', 'rec-2', 'rec-9'])
    for (const name of ['00000.wav', '00001.wav', 'manifest.json']) await put(store, `recordings/acme/ann/${id}/${name}`)
  await writeJournal(catalog, store, keyOfDirectory(dataDir))
  await close()
})

describe('objects that are not there', () => {
  test('a disk that is not mounted: retention due says that nothing goes, retention run deletes and certifies nothing and ends with 3', async () => {
    renameSync(disk, away)
    const due = await twinreel('retention', 'due', '--data', dataDir)
    expect(due.stderr).toContain('retention is halted: nothing at all is deleted. the store has nothing of 3 recordings that the catalog keeps')
    expect(due.stdout).toContain('not-kept, halted')
    const ran = await twinreel('retention', 'run', '--data', dataDir)
    expect(ran.exitCode).toBe(3)
    expect(ran.stdout).toMatch(/^more is due +not known$/m)
    expect(ran.stdout).toMatch(/^halted +altogether, nothing more is deleted: wrong-store$/m)
    expect(ran.stderr).toContain('mount what belongs below objects/ of the data directory')
    renameSync(away, disk)
  })

  test('a recording of which nothing is there is kept and told; accepted by its number, it is certified as not found', async () => {
    renameSync(join(disk, 'acme/ann/rec-1'), away)
    const ran = await twinreel('retention', 'run', '--data', dataDir)
    expect(ran.exitCode).toBe(3)
    expect(ran.stdout).toMatch(/^deleted +1 recordings, 3 objects/m)
    expect(ran.stdout).toMatch(/^due and not there +1$/m)
    expect(ran.stderr).toContain('the store has nothing of 1 recordings that are due, first rec-1')
    const findings = (await documentOf(1, 'reconcile', '--data', dataDir)) as { kind: string; recordingId: string }[]
    const ghosts = findings.filter(({ kind }) => kind === 'ghost')
    expect(ghosts.map(({ kind, recordingId }) => `${kind} ${recordingId}`)).toEqual(['ghost rec-1', 'ghost rec-1', 'ghost rec-1'])
    expect(await twinreel('retention', 'certificate', 'rec-1', '--data', dataDir)).toMatchObject({ exitCode: 1 })
    await documentOf(0, 'retention', 'run', '--accept-missing', '1', '--data', dataDir)
    expect((await twinreel('retention', 'certificate', 'rec-1', '--data', dataDir)).stdout).toContain('3 objects deleted (none of them was there)')
  })
})

describe('what nobody knows', () => {
  test.each([
    { asked: ['retention', 'due', '--org', 'nosuch'], told: 'organization nosuch is unknown' },
    { asked: ['retention', 'due', '--owner', 'nosuch'], told: 'user nosuch is unknown' },
    { asked: ['retention', 'report', '--org', 'nosuch'], told: 'organization nosuch is unknown' },
    { asked: ['retention', 'halts', '--org', 'nosuch'], told: 'organization nosuch is unknown' },
    { asked: ['ledger', '--org', 'nosuch'], told: 'organization nosuch is unknown' },
    { asked: ['ledger', '--owner', 'nosuch'], told: 'user nosuch is unknown' },
    { asked: ['holds', 'list', '--org', 'nosuch'], told: 'organization nosuch is unknown' },
    { asked: ['recordings', 'list', '--org', 'nosuch'], told: 'organization nosuch is unknown' },
    { asked: ['recordings', 'list', '--owner', 'nosuch'], told: 'user nosuch is unknown' },
    { asked: ['users', 'list', '--org', 'nosuch'], told: 'organization nosuch is unknown' },
    { asked: ['tiers', 'check', '--org', 'nosuch'], told: 'organization nosuch is unknown' },
    { asked: ['retention', 'explain', 'nosuch'], told: 'recording nosuch is unknown' },
    { asked: ['retention', 'certificate', 'nosuch'], told: 'recording nosuch is unknown' },
  ])('$asked gives no all-clear', async ({ asked, told }) => {
    const { exitCode, stderr } = await twinreel(...asked, '--data', dataDir)
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining(told)])
  })
})

test('evidence replaces no file unasked', async () => {
  const out = join(dataDir, 'evidence.jsonl')
  writeFileSync(out, 'of last month')
  const asked = ['retention', 'evidence', '--from', '2020-01-01', '--to', '2200-01-01', '--out', out, '--data', dataDir]
  expect(await twinreel(...asked)).toMatchObject({ exitCode: 2, stderr: expect.stringContaining(`${out} is there already`) })
  expect(await documentOf(0, ...asked, '--force')).toMatchObject({ chainHolds: true, offences: [] })
})
