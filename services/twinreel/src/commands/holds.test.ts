import { join } from 'node:path'
import { beforeAll, expect, it } from 'vitest'
import { claimForPurge } from '@twinreel/catalog/retention'
import { deleteRecordings } from '@twinreel/catalog/deletions'
import { inCatalog, withRecordings } from '../testing/known-recordings.ts'
import { documentOf, twinreel } from '../testing/run-command.ts'
import { scratchDirectory } from '../testing/scratch-directory.ts'

const dataDir = join(scratchDirectory(), 'data')
const data = ['--data', dataDir]
const MATTER = ['--org', 'acme', '--matter', 'Smith v. Acme']

beforeAll(() => withRecordings(dataDir, { ann: ['ann-1', 'ann-2'], bob: ['bob-1'] }))

async function held(recordingId: string): Promise<unknown> {
  return ((await documentOf(0, 'recordings', 'show', recordingId, ...data)) as { legalHold: boolean }).legalHold
}

it('places the holds of a matter and releases them together', async () => {
  const placed = (await documentOf(0, 'holds', 'place', ...MATTER, '--recording', 'bob-1', '--user', 'ann', '--reason', 'letter', ...data)) as {
    holds: { holdId: string }[]
  }
  expect(placed).toMatchObject({
    orgId: 'acme',
    matter: 'Smith v. Acme',
    holds: [
      { subject: 'recording', subjectId: 'bob-1', keeps: 1, tooLateFor: [] },
      { subject: 'user', subjectId: 'ann', keeps: 2, tooLateFor: [] },
    ],
  })
  expect([await held('ann-2'), await held('bob-1')]).toEqual([true, true])
  expect((await twinreel('holds', 'list', ...data)).stdout).toMatch(/│ user ann +│ Smith v\. Acme +│/)
  expect(await documentOf(0, 'holds', 'release', ...MATTER, '--reason', 'settled', ...data)).toEqual({
    orgId: 'acme',
    matter: 'Smith v. Acme',
    released: placed.holds.map(({ holdId }) => holdId).toSorted(),
  })
  expect([await held('ann-2'), await held('bob-1')]).toEqual([false, false])
  expect(await documentOf(0, 'holds', 'list', ...data)).toEqual([])
  const released = { matter: 'Smith v. Acme', reason: 'letter', releaseReason: 'settled', releasedAt: expect.any(String) as string }
  expect(await documentOf(0, 'holds', 'list', '--org', 'acme', '--all', ...data)).toMatchObject([released, released])
})

it('says which recordings a hold came too late for', async () => {
  await inCatalog(dataDir, async (catalog) => {
    await deleteRecordings(catalog, { actor: 'ann', reason: 'test', by: 'user', recordingIds: ['ann-1'] })
    await claimForPurge(catalog, ['ann-1'], { clockOffsetMs: 73 * 3_600_000 })
  })
  const { exitCode, stdout, stderr } = await twinreel('holds', 'place', '--org', 'acme', '--user', 'ann', '--reason', 'letter', ...data)
  expect(exitCode).toBe(1)
  expect(stdout).toMatch(/^(\S+) {2}user ann: 1 recording kept\n$/)
  expect(stderr).toContain('too late for recording ann-1: its deletion had begun')
  const holdId = stdout.split(' ')[0] ?? ''
  expect((await twinreel('holds', 'release', holdId, '--reason', 'settled', ...data)).stdout).toBe(`hold ${holdId} is released\n`)
})

it('refuses what would keep nothing, or is not clear', async () => {
  const refused = async (...args: string[]): Promise<string> => {
    const { exitCode, stdout, stderr } = await twinreel('holds', ...args, '--reason', 'test', ...data, '--json')
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' })
    return stderr
  }
  expect(await refused('place', '--org', 'acme')).toContain('give --recording ID … or --user ID …')
  expect(await refused('place', '--org', 'acme', '--recording', 'absent')).toContain('no recording absent in organization acme')
  expect(await refused('place', '--org', 'acme', '--user', 'anne')).toContain('user anne is unknown in organization acme and has no recording there')
  expect(await refused('release')).toContain('give a hold’s id, or --org and --matter')
  expect(await refused('release', '--matter', 'one')).toContain('give a hold’s id, or --org and --matter')
  expect(await refused('release', 'absent')).toContain('no legal hold absent')
  expect(await refused('release', '--org', 'acme', '--matter', 'other')).toContain('no legal hold of matter other in organization acme')
})
