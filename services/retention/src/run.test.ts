import { expect, test } from 'vitest'
import { changeTier } from '@twinreel/catalog/accounts/tiers'
import { BECAUSE, START_MS } from '@twinreel/catalog/contract/setup'
import { writeTier } from '@twinreel/catalog/contract/write-tier'
import { BIN_MS, deleteRecordings } from '@twinreel/catalog/deletions'
import { eraseUser } from '@twinreel/catalog/erasures'
import { placeHold } from '@twinreel/catalog/legal-holds'
import { showRecording } from '@twinreel/catalog/recordings'
import type { ObjectStore } from '@twinreel/object-store/port'
import { DUE_MS, put, recordings, world, type World } from './world.ts'

test('what is due goes, with all its objects, and is certified; the rest stays', async () => {
  const made = await world()
  await recordings(made, ['rec-1'])
  await recordings(made, ['rec-2'], { endedLogMs: START_MS + 2_501 })
  made.clock.nowMs = DUE_MS
  const report = await made.run()
  expect(report).toMatchObject({ halted: null, claimed: 1, purged: 1, objects: 3, sizeBytes: 300, failed: [], more: false })
  expect(await made.keys()).toEqual(['00000.wav', '00001.wav', 'manifest.json'].map((name) => `recordings/acme/ann/rec-2/${name}`))
  expect(await showRecording(made.catalog, 'rec-1')).toMatchObject({ status: 'purged', purgedAtMs: DUE_MS })
  expect(await made.run()).toMatchObject({ claimed: 0, resumed: 0, purged: 0 })
})

test('copies that no row names go with their recording, a neighbour’s objects do not', async () => {
  const made = await world()
  await recordings(made, ['rec-1'])
  await put(made.store, 'recordings/acme/ann/rec-1/00001-0123456789abcdef.wav')
  await put(made.store, 'recordings/acme/ann/rec-10/00000.wav')
  made.clock.nowMs = DUE_MS
  expect(await made.run()).toMatchObject({ purged: 1, objects: 4 })
  expect(await made.keys()).toEqual(['recordings/acme/ann/rec-10/00000.wav'])
})

test('paid, held and unknown owners’ and tiers’ recordings stay for ever', async () => {
  const made = await world()
  await recordings(made, ['held'])
  await recordings(made, ['orphan'], { ownerId: 'nobody' })
  await recordings(made, ['paid'], { ownerId: 'bob' })
  await recordings(made, ['odd'], { ownerId: 'carol' })
  await placeHold(made.catalog, { ...BECAUSE, orgId: 'acme', subject: 'recording', subjectId: 'held' })
  await changeTier(made.catalog, { ...BECAUSE, userId: 'bob', tier: 'ai' })
  await writeTier(made.catalog, { tier: 'platinum', sinceMs: START_MS }, { userIds: ['carol'] })
  made.clock.nowMs = DUE_MS
  expect(await made.run({ clockOffsetMs: 10 * 365 * 24 * 3_600_000 })).toMatchObject({ claimed: 0, purged: 0 })
  expect(await made.keys()).toHaveLength(12)
})

test('what nobody kept goes at once, whatever the tier', async () => {
  const made = await world()
  await changeTier(made.catalog, { ...BECAUSE, userId: 'ann', tier: 'standard' })
  await recordings(made, ['rec-1'], { status: 'not-kept', provisional: true })
  made.clock.nowMs = START_MS + 2_500
  expect(await made.run()).toMatchObject({ purged: 1, objects: 3 })
  expect(await made.keys()).toEqual([])
})

test('what somebody deleted goes when its time in the bin is over', async () => {
  const made = await world()
  await changeTier(made.catalog, { ...BECAUSE, userId: 'ann', tier: 'standard' })
  await recordings(made, ['rec-1', 'rec-2'])
  await deleteRecordings(made.catalog, { ...BECAUSE, by: 'user', recordingIds: ['rec-1'] })
  made.clock.nowMs += BIN_MS - 1
  expect(await made.run()).toMatchObject({ purged: 0 })
  made.clock.nowMs += 1
  expect(await made.run()).toMatchObject({ purged: 1, objects: 3 })
  expect([await made.status('rec-1'), await made.status('rec-2')]).toEqual(['purged', 'completed'])
})

test('what is recorded of a user after an erasure, by a call that was going on, goes with the next run', async () => {
  const made = await world()
  await changeTier(made.catalog, { ...BECAUSE, userId: 'ann', tier: 'standard' })
  await eraseUser(made.catalog, { ...BECAUSE, userId: 'ann', confirm: 0 })
  await recordings(made, ['late'])
  made.clock.nowMs = START_MS + 2_500
  expect(await made.run()).toMatchObject({ purged: 1, objects: 3 })
  expect(await made.status('late')).toBe('purged')
})

test('an upgrade between the look and the claim saves the recording', async () => {
  const made = await world()
  await recordings(made, ['rec-1'])
  made.clock.nowMs = DUE_MS
  const catalog = { ...made.catalog, db: beforeTheClaim(made.catalog.db, () => changeTier(made.other, { ...BECAUSE, userId: 'ann', tier: 'standard' })) }
  expect(await made.run({ catalog })).toMatchObject({ claimed: 0, purged: 0, kept: [{ recordingId: 'rec-1', why: 'paid-tier' }] })
  expect(await made.keys()).toHaveLength(3)
  expect(await made.status('rec-1')).toBe('completed')
})

/** The first transactions of a run take the turn and move the watermark, the third claims: `intrude` happens just before that one. */
function beforeTheClaim(db: World['catalog']['db'], intrude: () => Promise<void>): World['catalog']['db'] {
  let transactions = 0
  return new Proxy(db, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target)
      if (typeof value !== 'function') return value
      if (name !== 'transaction') return value.bind(target) as unknown
      return () => ({
        execute: async (work: Parameters<ReturnType<typeof db.transaction>['execute']>[0]) => {
          transactions += 1
          if (transactions === 3) await intrude()
          return target.transaction().execute(work)
        },
      })
    },
  })
}

test('a run takes no more than it may, and says that there is more', async () => {
  const made = await world()
  await recordings(made, ['rec-1', 'rec-2', 'rec-3'])
  made.clock.nowMs = DUE_MS
  expect(await made.run({ maxPerRun: 2 })).toMatchObject({ claimed: 2, purged: 2, more: true })
  expect(await made.run({ maxPerRun: 2 })).toMatchObject({ claimed: 1, purged: 1, more: false })
})

test('what comes to be due when all that was due is counted takes no place in silence', async () => {
  const made = await world()
  await recordings(made, ['rec-0'], { status: 'not-kept', provisional: true })
  made.clock.nowMs = START_MS + 2_500
  await made.run()
  await recordings(made, ['rec-1'])
  made.clock.nowMs = DUE_MS
  // The bucket is looked at after what is due was counted, and before it is asked for.
  const store = beforeItIsAsked(made.store, () => recordings(made, ['again'], { status: 'not-kept', provisional: true, endedLogMs: DUE_MS }))
  expect(await made.run({ store })).toMatchObject({ claimed: 1, purged: 1, more: true })
  expect(await made.run()).toMatchObject({ claimed: 1, purged: 1, more: false })
})

function beforeItIsAsked(store: ObjectStore, intrude: () => Promise<void>): ObjectStore {
  let isFirst = true
  return {
    ...store,
    async head(key) {
      const wasFirst = isFirst
      isFirst = false
      if (wasFirst) await intrude()
      return store.head(key)
    },
  }
}

test('two workers at once delete everything once', async () => {
  const made = await world()
  const ids = Array.from({ length: 12 }, (_, n) => `rec-${n}`)
  await recordings(made, ids)
  made.clock.nowMs = DUE_MS
  const reports = await Promise.all([made.run(), made.run({ catalog: made.other })])
  expect(reports.reduce((sum, report) => sum + report.claimed, 0)).toBe(12)
  expect(reports.reduce((sum, report) => sum + report.purged, 0)).toBe(12)
  expect(await made.keys()).toEqual([])
})
