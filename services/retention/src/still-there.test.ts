import { mkdtemp, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { findCertificate } from '@twinreel/catalog/certificates'
import { BECAUSE, START_MS } from '@twinreel/catalog/contract/setup'
import { deleteRecordings } from '@twinreel/catalog/deletions'
import { placeHold } from '@twinreel/catalog/legal-holds'
import { claimForPurge } from '@twinreel/catalog/retention'
import { openDirectoryStore } from '@twinreel/object-store/directory'
import { StoreError, type ObjectStore } from '@twinreel/object-store/port'
import { GO_RETENTION_MS } from '@twinreel/recording/retention'
import { makeLogger } from '@twinreel/service/log'
import { crowd, leftOf } from './crowd.ts'
import { DUE_MS, put, recordings, world, type World } from './world.ts'

/** A world on a disk that can be unmounted: two recordings are due, and a third one would be without its legal hold. */
async function onDisk(): Promise<{ made: World; store: ObjectStore; mount(isMounted: boolean): Promise<void> }> {
  const root = await mkdtemp(join(tmpdir(), 'still-there-'))
  const store = await openDirectoryStore({ root })
  onTestFinished(() => rm(root, { recursive: true }))
  const made = { ...(await world()), store }
  await recordings(made, ['rec-1', 'rec-2', 'rec-9'])
  await placeHold(made.catalog, { ...BECAUSE, orgId: 'acme', subject: 'recording', subjectId: 'rec-9' })
  const [disk, away] = [join(root, 'recordings'), join(root, '.unmounted')]
  made.clock.nowMs = DUE_MS
  return { made, store, mount: (isMounted) => (isMounted ? rename(away, disk) : rename(disk, away)) }
}

test('where recordings/ is not mounted nothing is deleted or certified, loudly; when it is, everything goes on', async () => {
  const { made, store, mount } = await onDisk()
  const lines: string[] = []
  const log = makeLogger({ name: 'test', destination: { write: (line) => void lines.push(line) } })
  await mount(false)
  expect(await made.run({ store, log })).toMatchObject({ halted: 'wrong-store', claimed: 0, purged: 0 })
  expect(lines.join('')).toContain('"level":"error"')
  expect(lines.join('')).toContain('retention halted: the store lacks what the catalog keeps')
  await mount(true)
  expect(await made.run({ store })).toMatchObject({ halted: null, claimed: 2, purged: 2, objects: 6 })
})

test('what was claimed before the disk was gone is not certified either', async () => {
  const { made, store, mount } = await onDisk()
  await claimForPurge(made.catalog, ['rec-1'])
  await mount(false)
  expect(await made.run({ store })).toMatchObject({ halted: 'wrong-store', resumed: 0, purged: 0 })
  await mount(true)
  expect(await made.run({ store })).toMatchObject({ resumed: 1, purged: 2, objects: 6 })
})

test('a disk that goes away in the middle of a purge has nothing certified', async () => {
  const { made, store, mount } = await onDisk()
  const failing: ObjectStore = {
    ...store,
    async deleteMany(keys) {
      await mount(false)
      return store.deleteMany(keys)
    },
  }
  const report = await made.run({ store: failing })
  expect(report).toMatchObject({ halted: 'wrong-store', claimed: 2, purged: 0 })
  expect(report.failed.map(({ error }) => error)).toEqual(['the store lacks what the catalog keeps', 'the store lacks what the catalog keeps'])
  await mount(true)
  expect(await made.run({ store })).toMatchObject({ resumed: 2, purged: 2, objects: 6 })
})

test('a certificate says how many of the objects were there', async () => {
  const { made, store } = await onDisk()
  await store.deleteMany(['recordings/acme/ann/rec-1/00001.wav'])
  await made.run({ store })
  const found = async (id: string) => JSON.parse((await findCertificate(made.catalog, id))?.document ?? '').checked.bucket
  expect(await found('rec-1')).toMatchObject({ deleted: 3, found: 2 })
  expect(await found('rec-2')).toMatchObject({ deleted: 3, found: 3 })
})

test('a key that is none of ours below a recording’s prefix has it kept and told, until somebody looks', async () => {
  const { made, store } = await onDisk()
  const strange = 'recordings/acme/ann/rec-1/.hidden'
  let isThere = true
  const seeing: ObjectStore = {
    ...store,
    async remains(asked) {
      const { keys, next } = await store.remains(asked)
      return { keys: isThere && strange.startsWith(asked.prefix) ? [strange, ...keys] : keys, next }
    },
  }
  expect(await made.run({ store: seeing })).toMatchObject({ purged: 1, failed: [{ recordingId: 'rec-1', key: strange, error: 'a part begins with a dot' }] })
  isThere = false
  expect(await made.run({ store: seeing, retryAll: true })).toMatchObject({ resumed: 1, purged: 1 })
})

test('of a recording that was over before anything was sealed nothing needs to be there', async () => {
  const { made, store } = await onDisk()
  await made.catalog.db.deleteFrom('segments').where('recording_id', '=', 'rec-1').execute()
  await made.catalog.db.updateTable('recordings').set({ manifest_key: null }).where('recording_id', '=', 'rec-1').execute()
  await store.deleteMany(['00000.wav', '00001.wav', 'manifest.json'].map((name) => `recordings/acme/ann/rec-1/${name}`))
  await put(store, 'recordings/others.txt')
  expect(await made.run({ store })).toMatchObject({ purged: 2, missing: [] })
})

/** The store, in which what lies below some prefixes can't be looked at, nor what is listed together with it. */
function unreadable(store: ObjectStore, prefixes: readonly string[], why: 'EACCES' | 'EIO' = 'EACCES'): ObjectStore {
  return {
    ...store,
    remains: (asked) =>
      prefixes.some((prefix) => asked.prefix.startsWith(prefix) || (prefix.startsWith(asked.prefix) && (asked.after ?? '') < prefix))
        ? Promise.reject(new StoreError(`objects ${asked.prefix}*: ${why}`, { retriable: why === 'EIO' }))
        : store.remains(asked),
  }
}

const placeOf = (recordingId: string): string => `recordings/acme/ann/${recordingId}/`
const named = (count: number): string[] => Array.from({ length: count }, (_, n) => `rec-${10 + n}`)

test('a recording whose folder can’t be read stays unclaimed and is told, and all others go: of its owner, and of other organizations', async () => {
  const { made, store } = await onDisk()
  await crowd(made, { orgId: 'other', users: 2, recordings: 2, tier: 'go', tierSinceMs: 0, endedMs: START_MS })
  const key = placeOf('rec-1')
  const refusing = unreadable(store, [key])
  let lines = ''
  const log = makeLogger({ name: 'retention', destination: { write: (line) => void (lines += line) } })
  const error = `objects ${key}*: EACCES`
  const told = [{ recordingId: 'rec-1', key, error, advice: expect.stringContaining('may not read') }]
  expect(await made.run({ store: refusing, log })).toMatchObject({ halted: null, claimed: 5, purged: 5, missing: [], failed: told })
  expect(JSON.parse(lines.split('\n')[0] ?? '')).toMatchObject({ level: 'warn', recordingId: 'rec-1', key, error: { message: error } })
  expect([await made.status('rec-1'), await made.status('rec-2'), await leftOf(made, 'other')]).toEqual(['completed', 'purged', 0])
  expect(await made.run({ store: refusing })).toMatchObject({ resumed: 0, claimed: 0, missing: [], failed: told })
  expect(await made.run({ store })).toMatchObject({ resumed: 0, claimed: 1, purged: 1, failed: [] })
})

test('the folder of an owner that can’t be read keeps whoever comes after him no place, however few a run takes', async () => {
  const { made, store } = await onDisk()
  const his = named(20)
  await recordings(made, his)
  await recordings(made, ['of-bob'], { ownerId: 'bob', keysOf: 'bob' })
  const report = await made.run({ store: unreadable(store, ['recordings/acme/ann/rec-1'], 'EIO'), maxPerRun: 1 })
  expect(report).toMatchObject({ claimed: 1, purged: 1, missing: [] })
  expect(report.failed.length).toBeGreaterThan(10)
})

test('over a network all of a batch is looked at when one of the sample can’t be', async () => {
  const { made, store } = await onDisk()
  await recordings(made, named(20))
  const remote = { ...unreadable(store, ['rec-1', 'rec-12', 'rec-13'].map(placeOf)), isRemote: true }
  const report = await made.run({ store: remote })
  expect(report).toMatchObject({ claimed: 19, purged: 19, missing: [] })
  expect(report.failed.map(({ recordingId }) => recordingId).toSorted()).toEqual(['rec-1', 'rec-12', 'rec-13'])
})

test('what can’t be looked at is no sign of a wrong store, however much it is; what is asked for and named of it is bounded', async () => {
  const { made, store } = await onDisk()
  await crowd(made, { orgId: 'locked', users: 1, recordings: 1_700, tier: 'go', tierSinceMs: 0, endedMs: START_MS })
  await made.catalog.db.updateTable('recordings').set({ manifest_key: 'recordings/locked/manifest.json' }).where('org_id', '=', 'locked').execute()
  const report = await made.run({ store: unreadable(store, ['recordings/locked/']), maxPerOrg: 400 })
  expect(report).toMatchObject({ halted: null, claimed: 2, purged: 2, missing: [], more: true, unnamed: { kept: 0 } })
  expect(report.failed).toHaveLength(1_000)
  expect(report.unnamed.failed).toBeGreaterThan(0)
  expect(report.unnamed.failed).toBeLessThan(500)
})

test('a kept recording that can’t be looked at keeps nothing from being certified while another one is found', async () => {
  const { made, store } = await onDisk()
  await recordings(made, ['rec-8'])
  await placeHold(made.catalog, { ...BECAUSE, orgId: 'acme', subject: 'recording', subjectId: 'rec-8' })
  await claimForPurge(made.catalog, ['rec-1', 'rec-2'])
  const failure = { key: null, error: `objects ${placeOf('rec-8')}*: EACCES` }
  expect(await made.run({ store: unreadable(store, ['rec-8', 'rec-9'].map(placeOf)) })).toMatchObject({ halted: null, purged: 0, failed: [failure, failure] })
  expect(await made.run({ store: unreadable(store, [placeOf('rec-8')]) })).toMatchObject({ halted: null, resumed: 2, purged: 2, failed: [] })
})

test('when more than a thousand are missing, no organization that was not looked at passes for one of which all has gone', async () => {
  const { made, store } = await onDisk()
  const go = { users: 1, tier: 'go', tierSinceMs: 0, endedMs: START_MS }
  await crowd(made, { orgId: 'lost', recordings: 1_002, ...go })
  await crowd(made, { orgId: 'next', recordings: 1_100, ...go })
  const lost = made.catalog.db.updateTable('recordings').where('org_id', '=', 'lost')
  await lost.set({ manifest_key: 'recordings/lost/manifest.json' }).execute()
  expect(await made.run({ store })).toMatchObject({ halted: 'wrong-store', haltedOrgs: [] })
  expect(await leftOf(made, 'next')).toBe(1_100)
  await lost.set({ manifest_key: null }).execute()
  expect(await made.run({ store, maxPerRun: 10 })).toMatchObject({ halted: null, haltedOrgs: [], claimed: 10 })
})

test('marks that nobody asked for are counted, and named up to a thousand; what somebody asked the deletion of goes behind them', async () => {
  const { made, store } = await onDisk()
  await crowd(made, { orgId: 'marked', users: 1, recordings: 1_100, tier: 'standard', tierSinceMs: 0, endedMs: START_MS })
  await made.catalog.db
    .updateTable('recordings')
    .set({ deletion_due_ms: 1 })
    .where('org_id', '=', 'marked')
    .where('recording_id', '<>', 'marked-user-0-rec-7')
    .execute()
  made.clock.nowMs = DUE_MS - GO_RETENTION_MS
  await deleteRecordings(made.catalog, { ...BECAUSE, recordingIds: ['marked-user-0-rec-7'], by: 'user' })
  made.clock.nowMs = DUE_MS
  const report = await made.run({ store, maxPerRun: 100 })
  expect(report).toMatchObject({ claimed: 3, purged: 3, unnamed: { kept: 99, failed: 0 } })
  expect(report.kept).toHaveLength(1_000)
  expect(await made.run({ store, maxPerRun: 100 })).toMatchObject({ claimed: 0 })
})
