import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, it } from 'vitest'
import { inCatalog, withRecordings } from '../testing/known-recordings.ts'
import { documentOf, twinreel } from '../testing/run-command.ts'
import { scratchDirectory } from '../testing/scratch-directory.ts'
import { finishedRecordings } from '@twinreel/catalog/contract/setup'

const scratch = scratchDirectory()
const dataDir = join(scratch, 'data')
const data = ['--data', dataDir]

beforeAll(() => withRecordings(dataDir, { ann: ['ann-1', 'ann-2'], bob: ['bob-1'] }))

async function tiers(): Promise<unknown> {
  const users = (await documentOf(0, 'users', 'list', ...data)) as { userId: string; tier: string }[]
  return users.map(({ userId, tier }) => [userId, tier])
}

it('moves an organization to Go in two steps: a dry run with a number, and the number confirmed', async () => {
  const move = ['tiers', 'move', '--tier', 'go', '--org', 'acme', '--reason', 'contract ended', '--actor', 'alice', ...data]
  const dryRun = await twinreel(...move)
  expect(dryRun.exitCode).toBe(0)
  expect(dryRun.stdout).toMatch(
    /^acme: 2 users would move to go\n {2}3 recordings would become due on (\S+)\nnothing is changed: these 3 recordings become due on \1; confirm with --confirm 3\n$/,
  )
  expect(await tiers()).toEqual([
    ['ann', 'standard'],
    ['bob', 'standard'],
  ])

  await inCatalog(dataDir, (catalog) => finishedRecordings(catalog, ['bob-2'], { ownerId: 'bob' }))
  const stale = await twinreel(...move, '--confirm', '3', '--json')
  expect(stale).toMatchObject({ exitCode: 1, stdout: '' })
  expect(stale.stderr).toContain('recordings that become due: 4 now, not 3 as confirmed; nothing was changed')
  expect(stale.stderr).toContain('next: run the command without --confirm')
  expect(await tiers()).toEqual([
    ['ann', 'standard'],
    ['bob', 'standard'],
  ])

  const done = (await documentOf(0, ...move, '--confirm', '4')) as { organizations: [{ changeId: string; firstDueAt: string }] }
  const [{ changeId, firstDueAt }] = done.organizations
  expect(done).toMatchObject({ tier: 'go', dryRun: false, total: { users: 2, becomeDue: 4, saved: 0 }, refused: [] })
  expect(await tiers()).toEqual([
    ['ann', 'go'],
    ['bob', 'go'],
  ])
  expect(await documentOf(0, 'retention', 'due', '--owner', 'bob', '--all', ...data)).toMatchObject([
    { recordingId: 'bob-1', verdict: 'due-later', dueAt: firstDueAt },
    { recordingId: 'bob-2', verdict: 'due-later', dueAt: firstDueAt },
  ])
  expect(((await documentOf(0, 'tiers', 'history', 'bob', ...data)) as unknown[]).at(-1)).toEqual({
    from: expect.any(String) as string,
    tier: 'go',
    changeId,
    actor: 'alice',
    reason: 'contract ended',
  })
})

it('moves a list to a paid tier at once, says what that saves, and names whom it left out', async () => {
  const list = join(scratch, 'users.txt')
  writeFileSync(list, '# who pays again\nann\n\n  bob\nnobody\n')
  const move = ['tiers', 'move', '--tier', 'ai', '--users', list, '--reason', 'paid', ...data]
  const dryRun = await twinreel(...move, '--dry-run')
  expect(dryRun.exitCode).toBe(0)
  expect(dryRun.stdout).toBe(
    'acme: 2 users would move to ai\n  4 recordings saved from deletion\nleft out: nobody is unknown\nnothing is changed: without --dry-run it is done\n',
  )
  expect(await documentOf(1, ...move)).toMatchObject({ total: { users: 2, saved: 4 }, refused: [{ userId: 'nobody', why: 'unknown-user' }] })
  expect(await documentOf(0, 'tiers', 'move', '--tier', 'ai', '--user', 'ann', 'bob', '--reason', 'again', ...data)).toMatchObject({
    total: { users: 0, unchanged: 2 },
    organizations: [{ orgId: 'acme', changeId: null }],
  })
  expect((await twinreel('tiers', 'history', 'ann', ...data)).stdout).toMatch(/│ ai +│ \S+ +│ paid +│/)
})

it('refuses what is not clear', async () => {
  const list = join(scratch, 'wrong.txt')
  writeFileSync(list, 'ann\nnot/an id\n')
  const refused = async (...args: string[]): Promise<string> => {
    const { exitCode, stdout, stderr } = await twinreel('tiers', ...args, ...data, '--json')
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' })
    return stderr
  }
  const why = ['--reason', 'test']
  expect(await refused('move', '--tier', 'go', ...why)).toContain('give one of --user ID …, --users FILE and --org ORG')
  expect(await refused('move', '--tier', 'go', '--org', 'acme', '--user', 'ann', ...why)).toContain('who is to move is not clear')
  expect(await refused('move', '--tier', 'go', '--org', 'nowhere', ...why)).toContain('organization nowhere is unknown')
  expect(await refused('move', '--tier', 'ai', '--org', 'acme', '--confirm', '3', ...why)).toContain('leave --confirm away')
  expect(await refused('move', '--tier', 'go', '--org', 'acme', '--confirm', '3', '--dry-run', ...why)).toContain('take one of them away')
  expect(await refused('move', '--tier', 'go', '--org', 'acme')).toContain("required option '--reason <text>' not specified")
  expect(await refused('move', '--tier', 'go', '--users', list, ...why)).toContain(`${list}, line 2: "not/an id" is no user id`)
  expect(await refused('move', '--tier', 'go', '--users', join(scratch, 'absent'), ...why)).toContain('can’t be read')
  expect(await refused('history', 'nobody')).toContain('user nobody is unknown')
})
