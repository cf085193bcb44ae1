import { mkdtemp, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { findCertificate } from '@twinreel/catalog/certificates'
import { BECAUSE } from '@twinreel/catalog/contract/setup'
import { placeHold } from '@twinreel/catalog/legal-holds'
import { claimForPurge } from '@twinreel/catalog/retention'
import { openDirectoryStore } from '@twinreel/object-store/directory'
import type { ObjectStore } from '@twinreel/object-store/port'
import { makeLogger } from '@twinreel/service/log'
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
