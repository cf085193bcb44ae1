import { placeHold } from '@twinreel/catalog/legal-holds'
import { GO_RETENTION_MS } from '@twinreel/recording/retention'
import { beforeAll, expect, it } from 'vitest'
import { inCatalog } from '../testing/known-recordings.ts'
import { documentOf, twinreel } from '../testing/run-command.ts'
import { scratchDirectory } from '../testing/scratch-directory.ts'
import { BEGIN_MS, DAY_MS, storeRecording, withStoredWorld } from '../testing/stored-recordings.ts'

const directory = scratchDirectory()
const data = ['--data', directory]
const at = (timeMs: number): string[] => ['--at', new Date(timeMs).toISOString()]
const DUE_MS = BEGIN_MS + GO_RETENTION_MS
const SINCE = { since: '2026-01-15T09:00:00.000Z', changeId: null }

beforeAll(async () => {
  await withStoredWorld(directory, async (world) => {
    await storeRecording(world, 'free')
    await storeRecording(world, 'held')
    await storeRecording(world, 'paid', { owner_id: 'bob' })
    await storeRecording(world, 'later', { org_id: 'zeta', owner_id: 'cora', ended_log_ms: BEGIN_MS + DAY_MS })
    await storeRecording(world, 'asked', { owner_id: 'bob', deletion_id: 'd-1', deletion_due_ms: DUE_MS - DAY_MS })
    await storeRecording(world, 'going', { claimed_at_ms: BEGIN_MS + 5, due_at_ms: BEGIN_MS, claim_reason: 'not-kept', status: 'not-kept', provisional: 1 })
    await storeRecording(world, 'gone', { status: 'purged', claimed_at_ms: BEGIN_MS, purged_at_ms: BEGIN_MS })
    await placeHold(world.catalog, { actor: 'admin-1', reason: 'case', orgId: 'acme', subject: 'recording', subjectId: 'held' })
  })
})

async function goingBy(timeMs: number, ...args: string[]): Promise<string[]> {
  const rows = (await documentOf(0, 'retention', 'due', ...at(timeMs), ...args, ...data)) as { recordingId: string; verdict: string; why: string }[]
  return rows.map(({ recordingId, verdict, why }) => `${recordingId} ${verdict} ${why}`)
}

it('says what goes by a date and nothing else', async () => {
  expect(await goingBy(DUE_MS - 1)).toEqual(['asked due deletion-requested', 'going deleting not-kept'])
  expect(await goingBy(DUE_MS)).toEqual(['asked due deletion-requested', 'free due go-tier-expired', 'going deleting not-kept'])
  expect(await goingBy(DUE_MS + DAY_MS, '--org', 'zeta')).toEqual(['later due go-tier-expired'])
  expect(await goingBy(BEGIN_MS, '--owner', 'cora')).toEqual([])
})

it('says of the rest why it stays, when asked for all', async () => {
  expect(await goingBy(DUE_MS, '--all')).toEqual([
    'asked due deletion-requested',
    'free due go-tier-expired',
    'going deleting not-kept',
    'held stays legal-hold',
    'later due-later go-tier-expired',
    'paid stays paid-tier',
  ])
})

it('sums up each organization, for people by its own clocks', async () => {
  expect(await documentOf(0, 'retention', 'due', ...at(DUE_MS + DAY_MS), '--summary', ...data)).toEqual([
    {
      orgId: 'acme',
      goes: 3,
      sizeBytes: 3_000_000,
      why: { 'deletion-requested': 1, 'go-tier-expired': 1, 'not-kept': 1 },
      dueLater: 0,
      stays: 0,
      timeZone: 'Europe/Berlin',
      firstDueAt: '2026-01-15T09:00:00.000Z',
      lastDueAt: '2026-02-14T09:00:00.000Z',
    },
    {
      orgId: 'zeta',
      goes: 1,
      sizeBytes: 1_000_000,
      why: { 'go-tier-expired': 1 },
      dueLater: 0,
      stays: 0,
      timeZone: 'UTC',
      firstDueAt: '2026-02-15T09:00:00.000Z',
      lastDueAt: '2026-02-15T09:00:00.000Z',
    },
  ])
  const { stdout } = await twinreel('retention', 'due', ...at(DUE_MS), ...data)
  expect(stdout).toMatch(/│ free +│ acme +│ ann +│ go +│.*│ 2026-02-14T09:00:00.000Z │ 2026-02-14 10:00:00 \+01:00 │ go-tier-expired +│/)
  expect(stdout).toContain('By organization, as it will be at 2026-02-14T09:00:00.000Z if nothing changes:\n')
  expect(stdout).toMatch(/│ acme +│ +3 │.*│ Europe\/Berlin │/)
})

it('says whose tier is unknown because the account was written past the commands, and keeps what is theirs', async () => {
  await inCatalog(directory, (catalog) => catalog.db.updateTable('accounts').set({ tier: 'go' }).where('user_id', '=', 'bob').execute())
  expect(await goingBy(DUE_MS, '--owner', 'bob')).toEqual(['asked due deletion-requested'])
  const says = 'the account says go since 2026-01-15T09:00:00.000Z, its tier history standard since 2026-01-15T09:00:00.000Z'
  expect(await documentOf(0, 'retention', 'due', '--all', ...at(DUE_MS), '--owner', 'bob', ...data)).toMatchObject([
    { recordingId: 'asked', detail: null },
    { recordingId: 'paid', tier: null, verdict: 'stays', why: 'unknown-tier', detail: says, dueAt: null },
  ])
  const { stdout } = await twinreel('retention', 'due', ...at(DUE_MS), ...data)
  expect(stdout).toContain('the tier of 1 user of organization acme is unknown: accounts and tier histories say different things')
  expect(stdout).toContain(`Nothing of theirs expires. First bob: ${says}.\n  \`twinreel tiers check --org acme\` names them all`)
  const check = await twinreel('tiers', 'check', '--org', 'acme', ...data)
  expect(check.exitCode).toBe(1)
  expect(check.stdout).toMatch(/│ bob +│ acme +│ go since 2026-01-15T09:00:00.000Z │ standard since 2026-01-15T09:00:00.000Z │/)
  expect(check.stdout).toContain('twinreel tiers move --tier standard --user ID')
  expect(await documentOf(1, 'tiers', 'check', ...data)).toEqual([
    { userId: 'bob', orgId: 'acme', account: { tier: 'go', ...SINCE }, history: { tier: 'standard', ...SINCE } },
  ])
  // As the message says.
  const moved = await documentOf(0, 'tiers', 'move', '--tier', 'standard', '--user', 'bob', '--reason', 'as it was', ...data)
  expect(moved).toMatchObject({ total: { users: 1, unchanged: 0, becomeDue: 0 } })
  expect(await documentOf(0, 'tiers', 'check', ...data)).toEqual([])
  expect((await twinreel('tiers', 'check', '--org', 'zeta', ...data)).stdout).toBe('every account says what its tier history says\n')
  expect(await goingBy(DUE_MS, '--owner', 'bob', '--all')).toEqual(['asked due deletion-requested', 'paid stays paid-tier'])
})

it('says so when nothing goes, and takes a date alone', async () => {
  expect((await twinreel('retention', 'due', '--at', '2026-01-01', '--org', 'zeta', ...data)).stdout).toBe(
    'nothing goes by 2026-01-01T00:00:00.000Z as things are\n',
  )
  const { exitCode, stderr } = await twinreel('retention', 'due', '--at', 'tomorrow', ...data)
  expect({ exitCode, stderr }).toEqual({ exitCode: 2, stderr: expect.stringContaining('an ISO 8601 time with its offset') })
})
