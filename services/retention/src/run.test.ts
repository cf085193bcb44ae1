import { createHash } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { changeTier } from '@twinreel/catalog/accounts/tiers'
import { BECAUSE, START_MS, benchWithUsers, finishedRecordings, type Bench } from '@twinreel/catalog/contract/setup'
import { placeHold } from '@twinreel/catalog/legal-holds'
import { openCatalog } from '@twinreel/catalog/open'
import { showRecording } from '@twinreel/catalog/recordings'
import { claimForPurge, claimedUnfinished } from '@twinreel/catalog/retention'
import { openDirectoryStore } from '@twinreel/object-store/directory'
import type { ObjectStore } from '@twinreel/object-store/port'
import { GO_RETENTION_MS } from '@twinreel/recording/retention'
import { silentLogger } from '@twinreel/service/log'
import { newClockGuard } from './clock-guard.ts'
import { runRetention, type RetentionOptions, type RunReport } from './run.ts'

const DUE_MS = START_MS + 2_500 + GO_RETENTION_MS

interface World extends Bench {
  store: ObjectStore
  run(options?: Partial<RetentionOptions>): Promise<RunReport>
  keys(): Promise<string[]>
  status(recordingId: string): Promise<string | undefined>
}

/** A catalog with users ann, bob and carol, and an object store on disk. */
async function world(): Promise<World> {
  const directory = await mkdtemp(join(tmpdir(), 'retention-'))
  const made = await benchWithUsers(
    async (clock) => ({ open: () => openCatalog({ path: join(directory, 'catalog.db'), clock }), remove: () => rm(directory, { recursive: true, force: true }) }),
    'ann',
    'bob',
    'carol',
  )
  const store = await openDirectoryStore({ root: join(directory, 'objects') })
  onTestFinished(() => store.close())
  return {
    ...made,
    store,
    run: (options = {}) => runRetention({ catalog: made.catalog, store, log: silentLogger, ...options }),
    keys: async () => (await store.list({ prefix: '' })).objects.map((object) => object.key),
    status: async (recordingId) => (await showRecording(made.catalog, recordingId))?.status,
  }
}

async function put(store: ObjectStore, key: string): Promise<void> {
  const body = new TextEncoder().encode(key)
  await store.putIfAbsent({ key, body, sha256: createHash('sha256').update(body).digest('hex'), contentType: 'audio/wav' })
}

/** Finished recordings with their three objects each. The contract's rows name keys of owner `ann`; others' objects are found by their prefix. */
async function recordings(made: World, ids: readonly string[], options: Parameters<typeof finishedRecordings>[2] = {}): Promise<void> {
  await finishedRecordings(made.catalog, ids, options)
  for (const id of ids) for (const name of ['00000.wav', '00001.wav', 'manifest.json']) await put(made.store, `recordings/acme/${options.ownerId ?? 'ann'}/${id}/${name}`)
}

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
  await made.catalog.db.updateTable('accounts').set({ tier: 'platinum' }).where('user_id', '=', 'carol').execute()
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

test('an upgrade between the look and the claim saves the recording', async () => {
  const made = await world()
  await recordings(made, ['rec-1'])
  made.clock.nowMs = DUE_MS
  const catalog = { ...made.catalog, db: beforeTheClaim(made.catalog.db, () => changeTier(made.other, { ...BECAUSE, userId: 'ann', tier: 'standard' })) }
  expect(await made.run({ catalog })).toMatchObject({ claimed: 0, purged: 0, kept: [{ recordingId: 'rec-1', why: 'paid-tier' }] })
  expect(await made.keys()).toHaveLength(3)
  expect(await made.status('rec-1')).toBe('completed')
})

/** The first transaction of a run moves the watermark, the second claims: `intrude` happens just before that one. */
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
          if (transactions === 2) await intrude()
          return target.transaction().execute(work)
        },
      })
    },
  })
}

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
  expect(report.failed.map((failure) => failure.error)).toContainEqual(expect.stringContaining('still listed after it was deleted'))
})

test('a store that can’t be reached leaves everything claimed for the next run', async () => {
  const made = await world()
  await recordings(made, ['rec-1'])
  made.clock.nowMs = DUE_MS
  const down = (): Promise<never> => Promise.reject(new Error('connection refused'))
  expect(await made.run({ store: { ...made.store, deleteMany: down, list: down } })).toMatchObject({ purged: 0, failed: [{ recordingId: 'rec-1', key: null, error: 'connection refused' }] })
  expect(await made.run()).toMatchObject({ resumed: 1, purged: 1 })
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

test('a run takes no more than it may, and says that there is more', async () => {
  const made = await world()
  await recordings(made, ['rec-1', 'rec-2', 'rec-3'])
  made.clock.nowMs = DUE_MS
  expect(await made.run({ maxPerRun: 2 })).toMatchObject({ claimed: 2, purged: 2, more: true })
  expect(await made.run({ maxPerRun: 2 })).toMatchObject({ claimed: 1, purged: 1, more: false })
})

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

test('a claim of an earlier run is finished although nothing is due', async () => {
  const made = await world()
  await recordings(made, ['rec-1'])
  made.clock.nowMs = DUE_MS
  await claimForPurge(made.catalog, ['rec-1'])
  expect(await made.run()).toMatchObject({ resumed: 1, claimed: 0, purged: 1 })
})

test('an offset moves the time recordings are judged by, and no clock', async () => {
  const made = await world()
  await recordings(made, ['rec-1'])
  made.clock.nowMs = START_MS + 60_000
  expect(await made.run()).toMatchObject({ claimed: 0 })
  expect(await made.run({ clockOffsetMs: GO_RETENTION_MS })).toMatchObject({ halted: null, purged: 1, nowMs: START_MS + 60_000 + GO_RETENTION_MS })
  expect((await showRecording(made.catalog, 'rec-1'))?.purgedAtMs).toBe(START_MS + 60_000 + GO_RETENTION_MS)
  expect(await made.run()).toMatchObject({ halted: null })
})

test('a clock that jumps while the process runs halts it until the clock is right again', async () => {
  const made = await world()
  await recordings(made, ['rec-1'])
  const guard = newClockGuard()
  let monotonicMs = 1_000
  const run = (): Promise<RunReport> => made.run({ guard, monotonicMs: () => monotonicMs })
  expect(await run()).toMatchObject({ halted: null })
  monotonicMs += 60_000
  made.clock.nowMs = DUE_MS
  const halted = await run()
  expect(halted).toMatchObject({ halted: 'clock-jump', claimed: 0, purged: 0 })
  expect(halted.haltedWhy).toContain('it should be 2026-01-15T09:01:00.000Z')
  expect(await run()).toMatchObject({ halted: 'clock-jump' })
  made.clock.nowMs = START_MS + 60_000
  expect(await run()).toMatchObject({ halted: null, claimed: 0 })
  expect(await made.keys()).toHaveLength(3)
})

test('a worker that was down for a month goes on when it is back', async () => {
  const made = await world()
  await recordings(made, ['rec-1'])
  expect(await made.run({ guard: newClockGuard() })).toMatchObject({ halted: null })
  made.clock.nowMs = DUE_MS
  expect(await made.run({ guard: newClockGuard() })).toMatchObject({ halted: null, purged: 1 })
})

test('a clock that lies before the last run’s halts until it is accepted', async () => {
  const made = await world()
  made.clock.nowMs = START_MS + 10 * GO_RETENTION_MS
  await made.run()
  made.clock.nowMs = START_MS
  expect(await made.run()).toMatchObject({ halted: 'clock-jump' })
  expect(await made.run({ acceptClock: true })).toMatchObject({ halted: null })
  expect(await made.run()).toMatchObject({ halted: null })
})

test('a second clock that disagrees halts', async () => {
  const made = await world()
  expect(await made.run({ witness: { now: () => START_MS + 3_599_000 } })).toMatchObject({ halted: null })
  expect(await made.run({ witness: { now: () => START_MS - 3_601_000 } })).toMatchObject({ halted: 'clock-jump' })
})

test('a clock that jumps in the middle of a run stops it after the batch', async () => {
  const made = await world()
  await recordings(made, ['rec-1'])
  await recordings(made, ['rec-2'], { endedLogMs: START_MS + GO_RETENTION_MS })
  made.clock.nowMs = DUE_MS
  const store: ObjectStore = {
    ...made.store,
    deleteMany: async (keys) => {
      made.clock.nowMs = DUE_MS + 2 * GO_RETENTION_MS
      return made.store.deleteMany(keys)
    },
  }
  expect(await made.run({ store })).toMatchObject({ halted: 'clock-jump', claimed: 1, purged: 1 })
  expect(await made.status('rec-2')).toBe('completed')
})
