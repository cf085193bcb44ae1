import { expect, test } from 'vitest'
import { changeTier } from '@twinreel/catalog/accounts/tiers'
import { BECAUSE } from '@twinreel/catalog/contract/setup'
import { claimForPurge, claimedUnfinished } from '@twinreel/catalog/retention'
import type { ObjectStore } from '@twinreel/object-store/port'
import { DUE_MS, put, recordings, world, type World } from './world.ts'

test('after a crash between deleting and certifying, the next run certifies', async () => {
  const made = await world()
  await recordings(made, ['rec-1', 'rec-2'])
  made.clock.nowMs = DUE_MS
  const crash = new Error('killed')
  const catalog = await openCatalogThatDies(made, crash)
  await expect(made.run({ catalog })).rejects.toThrow(crash)
  expect(await made.keys()).toEqual([])
  expect([await made.status('rec-1'), await made.status('rec-2')]).toEqual(['completed', 'completed'])
  // The upgrade comes too late: the claim was committed.
  await changeTier(made.catalog, { ...BECAUSE, userId: 'ann', tier: 'standard' })
  expect(await made.run()).toMatchObject({ resumed: 2, claimed: 0, purged: 2 })
  expect([await made.status('rec-1'), await made.status('rec-2')]).toEqual(['purged', 'purged'])
})

/** The catalog, whose process dies when the store has deleted everything. */
async function openCatalogThatDies(made: World, crash: Error): Promise<World['catalog']> {
  return {
    ...made.catalog,
    nowMs: async () => {
      const claimed = await claimedUnfinished(made.other, { limit: 1 })
      if (claimed.length > 0 && (await made.keys()).length === 0) throw crash
      return made.catalog.nowMs()
    },
  }
}

test('a key the store will not delete leaves its recording claimed, and is tried again', async () => {
  const made = await world()
  await recordings(made, ['rec-1', 'rec-2'])
  made.clock.nowMs = DUE_MS
  const stuck = 'recordings/acme/ann/rec-1/00001.wav'
  const store: ObjectStore = {
    ...made.store,
    deleteMany: async (keys) => [
      ...(await made.store.deleteMany(keys.filter((key) => key !== stuck))),
      ...(keys.includes(stuck) ? [{ key: stuck, deleted: false as const, error: 'slow down', retriable: true }] : []),
    ],
  }
  const report = await made.run({ store })
  expect(report).toMatchObject({ claimed: 2, purged: 1, failed: [{ recordingId: 'rec-1', key: stuck, error: 'slow down' }] })
  expect(await made.keys()).toEqual([stuck])
  expect([await made.status('rec-1'), await made.status('rec-2')]).toEqual(['completed', 'purged'])
  expect(await made.run()).toMatchObject({ resumed: 1, purged: 1, failed: [] })
  expect(await made.keys()).toEqual([])
})

test('a store that says deleted and keeps is not believed', async () => {
  const made = await world()
  await recordings(made, ['rec-1'])
  made.clock.nowMs = DUE_MS
  const store: ObjectStore = { ...made.store, deleteMany: async (keys) => keys.map((key) => ({ key, deleted: true as const })) }
  const report = await made.run({ store })
  expect(report.purged).toBe(0)
  expect(report.failed.map((failure) => failure.error)).toContainEqual(expect.stringContaining('still there after it was deleted'))
})

test('a store that can’t be reached has nothing claimed, which the next run makes up for', async () => {
  const made = await world()
  await recordings(made, ['rec-1'])
  made.clock.nowMs = DUE_MS
  const down = (): Promise<never> => Promise.reject(new Error('connection refused'))
  expect(await made.run({ store: { ...made.store, deleteMany: down, remains: down } })).toMatchObject({
    claimed: 0,
    purged: 0,
    failed: [{ recordingId: 'rec-1', key: null, error: 'connection refused' }],
  })
  expect(await made.run()).toMatchObject({ resumed: 0, claimed: 1, purged: 1 })
})

test('a row that names an object outside of its recording deletes nothing', async () => {
  const made = await world()
  await recordings(made, ['rec-1'], { ownerId: 'bob' })
  await put(made.store, 'recordings/acme/ann/rec-1/00000.wav')
  made.clock.nowMs = DUE_MS
  const report = await made.run()
  expect(report.purged).toBe(0)
  expect(report.failed[0]?.error).toContain('outside of the recording’s prefix recordings/acme/bob/rec-1/')
  expect(await made.keys()).toHaveLength(4)
})

test('a claim of an earlier run is finished although nothing is due', async () => {
  const made = await world()
  await recordings(made, ['rec-1'])
  made.clock.nowMs = DUE_MS
  await claimForPurge(made.catalog, ['rec-1'])
  expect(await made.run()).toMatchObject({ resumed: 1, claimed: 0, purged: 1 })
})
