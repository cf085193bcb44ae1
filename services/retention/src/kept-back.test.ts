import { expect, test } from 'vitest'
import { changeTier } from '@twinreel/catalog/accounts/tiers'
import { BECAUSE, START_MS } from '@twinreel/catalog/contract/setup'
import { placeHold, releaseHold } from '@twinreel/catalog/legal-holds'
import { keptBackAt } from './kept-back.ts'
import { DUE_MS, recordings, world, type World } from './world.ts'

const held = async ({ catalog }: World, nowMs: number): Promise<number> => (await keptBackAt(catalog, nowMs)).heldDue

test('a held recording that would be due is counted once, however many holds keep it', async () => {
  const made = await world()
  await recordings(made, ['rec-1', 'rec-2'])
  await recordings(made, ['paid'], { ownerId: 'bob' })
  await changeTier(made.catalog, { ...BECAUSE, userId: 'bob', tier: 'ai' })
  const { holdId } = await placeHold(made.catalog, { ...BECAUSE, orgId: 'acme', subject: 'user', subjectId: 'ann' })
  await placeHold(made.catalog, { ...BECAUSE, orgId: 'acme', subject: 'recording', subjectId: 'rec-1' })
  await placeHold(made.catalog, { ...BECAUSE, orgId: 'acme', subject: 'recording', subjectId: 'paid' })
  expect(await held(made, DUE_MS - 1)).toBe(0)
  expect(await held(made, DUE_MS)).toBe(2)
  await releaseHold(made.catalog, { ...BECAUSE, holdId })
  expect(await held(made, DUE_MS)).toBe(1)
})

test('so is one that nobody kept, and one whose deletion was asked for, which lies in the bin', async () => {
  const made = await world()
  await recordings(made, ['rec-1'], { status: 'not-kept', provisional: true })
  await recordings(made, ['asked'], { ownerId: 'bob' })
  await changeTier(made.catalog, { ...BECAUSE, userId: 'bob', tier: 'ai' })
  await made.catalog.db
    .updateTable('recordings')
    .set({ deletion_id: 'd', deletion_due_ms: START_MS + 9_000 })
    .where('recording_id', '=', 'asked')
    .execute()
  expect(await keptBackAt(made.catalog, START_MS + 9_000)).toEqual({ heldDue: 0, inBin: 1 })
  for (const subjectId of ['rec-1', 'asked']) await placeHold(made.catalog, { ...BECAUSE, orgId: 'acme', subject: 'recording', subjectId })
  expect(await held(made, START_MS + 8_999)).toBe(1)
  expect(await held(made, START_MS + 9_000)).toBe(2)
})
