import { changeTier } from '@twinreel/catalog/accounts/tiers'
import { placeHold } from '@twinreel/catalog/legal-holds'
import { beforeAll, expect, it } from 'vitest'
import { documentOf, twinreel } from '../testing/run-command.ts'
import { inCatalog } from '../testing/known-recordings.ts'
import { scratchDirectory } from '../testing/scratch-directory.ts'
import { DAY_MS, storeRecording, withStoredWorld } from '../testing/stored-recordings.ts'

const directory = scratchDirectory()
const data = ['--data', directory]

beforeAll(async () => {
  await withStoredWorld(directory, async (world) => {
    const { catalog, clock } = world
    clock.nowMs += DAY_MS
    await storeRecording(world, 'rec-1')
    await storeRecording(world, 'rec-bob', { owner_id: 'bob' })
    clock.nowMs += DAY_MS
    await changeTier(catalog, { actor: 'ops', reason: 'upgraded', userId: 'ann', tier: 'standard' })
    clock.nowMs += DAY_MS
    await changeTier(catalog, { actor: 'ops', reason: 'contract ended', userId: 'ann', tier: 'go' })
    clock.nowMs += DAY_MS
    await placeHold(catalog, { actor: 'legal', reason: 'case 7', orgId: 'acme', subject: 'user', subjectId: 'ann' })
  })
})

it('tells a recording’s life as one document, with the rule after each event', async () => {
  const life = (await documentOf(0, 'retention', 'explain', 'rec-1', ...data)) as { timeline: { event: string; at: string; after: object }[] }
  expect(life).toMatchObject({
    recordingId: 'rec-1',
    ownerId: 'ann',
    timeZone: 'Europe/Berlin',
    now: { verdict: 'keep', dueAt: null, why: 'legal-hold', rule: 'a legal hold keeps it' },
    certificateSequence: null,
    looks: null,
  })
  expect(life.timeline.map(({ event }) => event)).toEqual(['tier', 'started', 'ended', 'tier', 'tier', 'hold-placed'])
  expect(life.timeline[2]).toEqual({
    at: '2026-01-16T09:00:00.000Z',
    event: 'ended',
    actor: null,
    reason: 'call-ended',
    notKept: false,
    after: {
      verdict: 'due',
      dueAt: '2026-02-15T09:00:00.000Z',
      why: 'go-tier-expired',
      rule: 'Go: 720 hours after the later of its end and the change to Go',
    },
  })
  expect(life.timeline[4]).toMatchObject({ actor: 'ops', reason: 'contract ended', tier: 'go', after: { dueAt: '2026-02-17T09:00:00.000Z' } })
})

it('tells people the same by the clocks of its organization', async () => {
  const { exitCode, stdout } = await twinreel('retention', 'explain', 'rec-1', ...data)
  expect(exitCode).toBe(0)
  expect(stdout).toMatch(/^now +a legal hold keeps it$/m)
  expect(stdout).toMatch(/│ 2026-01-18T09:00:00.000Z │ 2026-01-18 10:00:00 \+01:00 │ owner’s tier: go +│ ops +│ contract ended │ 2026-02-17 10:00:00 \+01:00 │/)
  expect(stdout).toMatch(/│ legal hold on the user placed │ legal +│ case 7 +│ – +│ a legal hold keeps it +│/)
})

it('says what is inconsistent where the account of its owner was written past the commands', async () => {
  await inCatalog(directory, (catalog) => catalog.db.updateTable('accounts').set({ tier: 'go' }).where('user_id', '=', 'bob').execute())
  const says = 'the account says go since 2026-01-15T09:00:00.000Z, its tier history standard since 2026-01-15T09:00:00.000Z'
  expect((await twinreel('retention', 'explain', 'rec-bob', ...data)).stdout).toMatch(
    new RegExp(`^now +its owner’s tier is unknown, which keeps it\ntier +unknown: ${says}; \`twinreel tiers check\` says what to do$`, 'm'),
  )
  expect(await documentOf(0, 'retention', 'explain', 'rec-bob', ...data)).toMatchObject({
    now: { verdict: 'keep', why: 'unknown-tier' },
    unknownTier: {
      account: { tier: 'go', since: '2026-01-15T09:00:00.000Z', changeId: null },
      history: { tier: 'standard', since: '2026-01-15T09:00:00.000Z', changeId: null },
    },
  })
})

it('knows no recording that there is not', async () => {
  const { exitCode, stderr } = await twinreel('retention', 'explain', 'rec-2', ...data)
  expect({ exitCode, stderr }).toEqual({ exitCode: 2, stderr: expect.stringContaining('rec-2') })
})
