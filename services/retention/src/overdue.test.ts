import { expect, test } from 'vitest'
import { changeTier } from '@twinreel/catalog/accounts/tiers'
import { BECAUSE, START_MS } from '@twinreel/catalog/contract/setup'
import { placeHold } from '@twinreel/catalog/legal-holds'
import { claimForPurge } from '@twinreel/catalog/retention'
import { owedAt } from './overdue.ts'
import { DUE_MS, recordings, world } from './world.ts'

test('the oldest recording that is due and still there says how far behind retention is', async () => {
  const made = await world()
  await recordings(made, ['rec-1'])
  await recordings(made, ['rec-2'], { endedLogMs: START_MS + 60_000 })
  expect(await owedAt(made.catalog, DUE_MS - 1)).toEqual({ oldestOverdueMs: 0, unknownTierOwners: 0, holds: 0 })
  expect(await owedAt(made.catalog, DUE_MS + 5_000)).toEqual({ oldestOverdueMs: 5_000, unknownTierOwners: 0, holds: 0 })
  made.clock.nowMs = DUE_MS + 5_000
  await made.run()
  expect(await owedAt(made.catalog, DUE_MS + 5_000)).toEqual({ oldestOverdueMs: 0, unknownTierOwners: 0, holds: 0 })
})

test('what is claimed and not deleted yet is still owed', async () => {
  const made = await world()
  await recordings(made, ['rec-1'])
  made.clock.nowMs = DUE_MS
  await claimForPurge(made.catalog, ['rec-1'])
  expect((await owedAt(made.catalog, DUE_MS + 7_000)).oldestOverdueMs).toBe(7_000)
})

test('a change to the free tier begins the thirty days anew; paid and held recordings are not owed', async () => {
  const made = await world()
  await recordings(made, ['rec-1'])
  await changeTier(made.catalog, { ...BECAUSE, userId: 'ann', tier: 'standard' })
  expect((await owedAt(made.catalog, DUE_MS + 9_000)).oldestOverdueMs).toBe(0)
  made.clock.nowMs = START_MS + 10_000
  await changeTier(made.catalog, { ...BECAUSE, userId: 'ann', tier: 'go' })
  expect((await owedAt(made.catalog, DUE_MS + 9_000)).oldestOverdueMs).toBe(1_500)
  await placeHold(made.catalog, { ...BECAUSE, orgId: 'acme', subject: 'recording', subjectId: 'rec-1' })
  expect(await owedAt(made.catalog, DUE_MS + 9_000)).toEqual({ oldestOverdueMs: 0, unknownTierOwners: 0, holds: 1 })
})

test('what nobody kept is owed at once', async () => {
  const made = await world()
  await recordings(made, ['rec-1'], { status: 'not-kept', provisional: true })
  expect((await owedAt(made.catalog, START_MS + 3_500)).oldestOverdueMs).toBe(1_000)
})
