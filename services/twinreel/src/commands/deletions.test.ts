import { join } from 'node:path'
import { beforeAll, expect, it } from 'vitest'
import { withRecordings } from '../testing/known-recordings.ts'
import { documentOf, twinreel } from '../testing/run-command.ts'
import { scratchDirectory } from '../testing/scratch-directory.ts'

const dataDir = join(scratchDirectory(), 'data')
const data = ['--data', dataDir]

beforeAll(() => withRecordings(dataDir, { ann: ['ann-1', 'ann-2'], bob: ['bob-1', 'bob-2'] }))

async function listed(...args: string[]): Promise<string[]> {
  return ((await documentOf(0, 'recordings', 'list', ...args, ...data)) as { recordingId: string }[]).map(({ recordingId }) => recordingId)
}

it('puts a recording into the bin, where it is neither listed nor exported', async () => {
  const [deleted] = (await documentOf(0, 'recordings', 'delete', 'bob-1', '--by', 'user', '--reason', 'private', '--actor', 'bob', ...data)) as [
    Record<string, unknown>,
  ]
  expect(deleted).toMatchObject({ recordingId: 'bob-1', state: 'in-bin', legalHold: false, live: false })
  expect(await listed('--owner', 'bob')).toEqual(['bob-2'])
  expect(await listed('--bin')).toEqual(['bob-1'])
  const shown = await documentOf(0, 'recordings', 'show', 'bob-1', ...data)
  const deletion = { kind: 'user-deletion', by: 'bob', reason: 'private', binEndsAt: deleted['dueAt'], deletionId: deleted['deletionId'] }
  expect(shown).toMatchObject({ inBin: true, dueAt: deleted['dueAt'], deletion })
  expect((await twinreel('recordings', 'show', 'bob-1', ...data)).stdout).toMatch(/^in the bin +until \S+\ndeletion +as a user by bob on \S+: private$/m)
  const exported = await twinreel('recordings', 'export', 'bob-1', '--out', '-', ...data)
  expect(exported).toMatchObject({ exitCode: 1, stdout: '' })
  expect(exported.stderr).toContain('recording bob-1 is in the bin')
})

it('takes it back, and says no to what can’t be', async () => {
  expect((await twinreel('recordings', 'delete', 'bob-1', '--by', 'admin', '--reason', 'again', ...data)).stdout).toContain('in the bin already')
  expect(await documentOf(0, 'recordings', 'restore', 'bob-1', '--reason', 'mistake', ...data)).toEqual([
    { recordingId: 'bob-1', restored: true, why: null, dueAt: null },
  ])
  expect(await listed('--owner', 'bob')).toEqual(['bob-1', 'bob-2'])
  expect(await documentOf(1, 'recordings', 'restore', 'bob-1', '--reason', 'mistake', ...data)).toEqual([
    { recordingId: 'bob-1', restored: false, why: 'not-in-bin', dueAt: null },
  ])
  const unknown = await twinreel('recordings', 'delete', 'bob-1', 'absent', '--by', 'user', '--reason', 'private', ...data)
  expect(unknown).toMatchObject({ exitCode: 2, stdout: '' })
  expect(unknown.stderr).toContain('recording absent is unknown; nothing was changed')
  expect(await listed('--bin')).toEqual([])
  expect((await twinreel('recordings', 'list', '--bin', ...data)).stdout).toBe('the bin is empty\n')
})

it('erases a user in two steps: a dry run with a number, and the number confirmed', async () => {
  await documentOf(0, 'holds', 'place', '--org', 'acme', '--recording', 'ann-2', '--reason', 'case', ...data)
  const erase = ['users', 'erase', 'ann', '--reason', 'request 12', '--actor', 'privacy', ...data]
  const dryRun = await twinreel(...erase)
  expect(dryRun.exitCode).toBe(0)
  expect(dryRun.stdout).toBe(
    [
      'ann: 2 recordings would go',
      '  1 with the next run of retention',
      '  1 under legal hold: when it is released',
      '  recording would be switched off',
      '  the display name would be cleared',
      'nothing is changed: confirm with --confirm 2',
      '',
    ].join('\n'),
  )
  const stale = await twinreel(...erase, '--confirm', '1')
  expect(stale).toMatchObject({ exitCode: 1, stdout: '' })
  expect(stale.stderr).toContain('recordings of user ann that go: 2 now, not 1 as confirmed; nothing was changed')

  expect(await documentOf(0, ...erase, '--confirm', '2')).toMatchObject({ userId: 'ann', dryRun: false, dueNow: 1, held: 1 })
  expect(await documentOf(0, 'users', 'show', 'ann', ...data)).toMatchObject({ displayName: null, recording: false, settings: null })
  expect(await documentOf(0, 'retention', 'due', '--owner', 'ann', '--all', ...data)).toMatchObject([
    { recordingId: 'ann-1', verdict: 'due', why: 'deletion-requested' },
    { recordingId: 'ann-2', verdict: 'stays', why: 'legal-hold' },
  ])
  expect(await documentOf(1, 'recordings', 'restore', 'ann-1', '--reason', 'no', ...data)).toMatchObject([{ why: 'erased' }])
  expect((await twinreel('recordings', 'export', 'ann-1', '--out', '-', ...data)).stderr).toContain('is erased with its user’s data since')
  const run = await documentOf(0, 'retention', 'run', ...data)
  expect(run).toMatchObject({ claimed: 1, purged: 1 })
  expect(await documentOf(0, 'recordings', 'show', 'ann-1', ...data)).toMatchObject({ status: 'purged', deletion: { kind: 'erasure', by: 'privacy' } })
  expect((await twinreel('users', 'erase', 'nobody', '--reason', 'x', ...data)).exitCode).toBe(2)
})
