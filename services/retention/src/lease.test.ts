import { expect, test } from 'vitest'
import { START_MS } from '@twinreel/catalog/contract/setup'
import { LEASE_MS, leaseHolder, takeLease } from '@twinreel/catalog/retention-lease'
import type { ObjectStore } from '@twinreel/object-store/port'
import { crowd } from './crowd.ts'
import { DUE_MS, recordings, world } from './world.ts'

const MANY = { orgId: 'many', users: 1, tier: 'go', tierSinceMs: 0, endedMs: START_MS }

test('while one worker runs another skips its run and says whose turn it is', async () => {
  const made = await world()
  await recordings(made, ['rec-1'])
  made.clock.nowMs = DUE_MS
  expect(await takeLease(made.other, 'worker-1')).toBeNull()
  expect(await made.run({ holder: 'worker-2' })).toMatchObject({ halted: null, otherWorker: { holder: 'worker-1', sinceMs: DUE_MS }, claimed: 0, objects: 0 })
  expect(await made.run({ holder: 'worker-1' })).toMatchObject({ otherWorker: null, purged: 1 })
  expect(await leaseHolder(made.catalog.db)).toBeNull()
})

test('a worker that died delays the others by a minute, and one whose clock was ahead by nothing', async () => {
  const made = await world()
  await recordings(made, ['rec-1'])
  made.clock.nowMs = DUE_MS
  await takeLease(made.other, 'dead')
  made.clock.nowMs += LEASE_MS - 1
  expect(await made.run()).toMatchObject({ otherWorker: { holder: 'dead' } })
  made.clock.nowMs += 1
  expect(await made.run()).toMatchObject({ otherWorker: null, purged: 1 })
  made.clock.nowMs += 100 * LEASE_MS
  await takeLease(made.other, 'ahead')
  made.clock.nowMs -= 10 * LEASE_MS
  expect(await made.run({ acceptClock: true })).toMatchObject({ otherWorker: null })
})

test('a worker that was frozen and has lost its turn claims nothing more', { timeout: 90_000 }, async () => {
  const made = await world()
  await crowd(made, { ...MANY, recordings: 2_600 })
  made.clock.nowMs = DUE_MS
  const claimed = async () => (await made.other.db.selectFrom('recordings').select('recording_id').where('claimed_at_ms', 'is not', null).execute()).length
  let frozen: Promise<void> | null = null
  /** Four batches are being deleted, and a fifth one is claimed and waits for its turn. */
  async function frozenUntilReplaced(): Promise<void> {
    await expect.poll(claimed, { timeout: 60_000 }).toBe(2_500)
    made.clock.nowMs += LEASE_MS
    expect(await takeLease(made.other, 'successor')).toBeNull()
  }
  const store: ObjectStore = {
    ...made.store,
    async deleteMany(keys) {
      await (frozen ??= frozenUntilReplaced())
      return made.store.deleteMany(keys)
    },
    // Most of the crowd has no objects: of these the store is only asked what is left.
    async remains(asked) {
      if (asked.limit !== 1) await (frozen ??= frozenUntilReplaced())
      return made.store.remains(asked)
    },
  }
  const report = await made.run({ store, monotonicMs: () => 0 })
  expect(report).toMatchObject({ claimed: 2_500, purged: 2_500, otherWorker: { holder: 'successor' } })
  expect(await leaseHolder(made.catalog.db)).toMatchObject({ holder: 'successor' })
})

test('a long run says between its batches that it lives', async () => {
  const made = await world()
  await crowd(made, { ...MANY, recordings: 450 })
  made.clock.nowMs = DUE_MS
  let monotonicMs = 0
  const store: ObjectStore = {
    ...made.store,
    deleteMany: async (keys) => {
      made.clock.nowMs += LEASE_MS / 2
      monotonicMs += LEASE_MS / 2
      expect(await takeLease(made.other, 'successor')).not.toBeNull()
      return made.store.deleteMany(keys)
    },
  }
  expect(await made.run({ store, monotonicMs: () => monotonicMs })).toMatchObject({ claimed: 450, purged: 450, otherWorker: null })
})
