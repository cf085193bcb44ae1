import { mkdtemp, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { findCertificate } from '@twinreel/catalog/certificates'
import { BECAUSE, CERTIFY } from '@twinreel/catalog/contract/setup'
import { writeJournal } from '@twinreel/catalog/journal/write'
import { placeHold } from '@twinreel/catalog/legal-holds'
import { claimForPurge } from '@twinreel/catalog/retention'
import { openDirectoryStore } from '@twinreel/object-store/directory'
import { DUE_MS, recordings, world, type World } from './world.ts'

let made: World
let mount: (isMounted: boolean) => Promise<void>
/** On a disk that can be unmounted: `rec-1` to `rec-3` are due, and `rec-9` would be without its legal hold. */
beforeEach(async () => {
  const root = await mkdtemp(join(tmpdir(), 'accept-missing-'))
  const store = await openDirectoryStore({ root })
  onTestFinished(() => rm(root, { recursive: true }))
  const bench = await world()
  made = { ...bench, store, run: (options = {}) => bench.run({ store, ...options }) }
  await recordings(made, ['rec-1', 'rec-2', 'rec-3', 'rec-9'])
  await placeHold(made.catalog, { ...BECAUSE, orgId: 'acme', subject: 'recording', subjectId: 'rec-9' })
  await writeJournal(made.catalog, store, CERTIFY.signer)
  made.clock.nowMs = DUE_MS
  const [disk, away] = [join(root, 'recordings'), join(root, '.unmounted')]
  mount = (isMounted) => (isMounted ? rename(away, disk) : rename(disk, away))
})

const lose = (id: string) => made.store.deleteMany(['00000.wav', '00001.wav', 'manifest.json'].map((name) => `recordings/acme/ann/${id}/${name}`))
const certified = async () => {
  const ids = ['rec-1', 'rec-2', 'rec-3', 'rec-9']
  const found = await Promise.all(ids.map(async (id) => ((await findCertificate(made.catalog, id)) === null ? [] : [id])))
  return found.flat()
}

test.each([0, 2, 7])(
  'where the disk is not mounted, accepting %i missing recordings certifies no claim of before: it says how many there are',
  async (acceptMissing) => {
    await claimForPurge(made.catalog, ['rec-1', 'rec-2', 'rec-3'])
    await mount(false)
    const report = await made.run({ acceptMissing })
    expect(report).toMatchObject({ halted: 'wrong-store', resumed: 0, purged: 0, missing: ['rec-1', 'rec-2', 'rec-3'] })
    expect(report.haltedWhy).toContain(`the store has nothing of 3 recordings that are due or claimed, and ${acceptMissing} were accepted`)
    expect(await certified()).toEqual([])
    await mount(true)
    expect(await made.run()).toMatchObject({ halted: null, resumed: 3, purged: 3, objects: 9 })
  },
)

test('where the disk is not mounted and nothing was claimed, another number than that of what is due certifies nothing', async () => {
  await mount(false)
  expect(await made.run({ acceptMissing: 2 })).toMatchObject({ halted: 'wrong-store', claimed: 0, purged: 0, missing: ['rec-1', 'rec-2', 'rec-3'] })
  await mount(true)
  expect(await made.run()).toMatchObject({ claimed: 3, purged: 3, objects: 9 })
})

test('of a disk that is lost for good, what is due and what was claimed before are certified together, by their number', async () => {
  await claimForPurge(made.catalog, ['rec-1'])
  await mount(false)
  expect(await made.run({ acceptMissing: 3 })).toMatchObject({ halted: null, resumed: 1, claimed: 2, purged: 3, missing: [] })
  expect(await certified()).toEqual(['rec-1', 'rec-2', 'rec-3'])
  expect(JSON.parse((await findCertificate(made.catalog, 'rec-2'))?.document ?? '')).toMatchObject({ checked: { bucket: { found: 0, remaining: 0 } } })
})

test('with the number accepted, what is due and still there goes in the same run, though nothing is there of what the catalog keeps', async () => {
  for (const id of ['rec-1', 'rec-9']) await lose(id)
  expect(await made.run({ acceptMissing: 1 })).toMatchObject({ halted: null, claimed: 3, purged: 3, objects: 6, missing: [] })
})

test('where the store is the right one, another number keeps what is missing and finishes everything else', async () => {
  await claimForPurge(made.catalog, ['rec-3'])
  await lose('rec-1')
  expect(await made.run({ acceptMissing: 2 })).toMatchObject({ halted: null, resumed: 1, claimed: 1, purged: 2, missing: ['rec-1'] })
  expect(await certified()).toEqual(['rec-2', 'rec-3'])
})

test('a disk that goes away after its missing recordings were accepted has nothing else certified', async () => {
  await lose('rec-1')
  const { store } = made
  let isMounted = true
  const failing = {
    ...store,
    async deleteMany(...asked: Parameters<typeof store.deleteMany>) {
      if (isMounted) await mount(false)
      isMounted = false
      return store.deleteMany(...asked)
    },
  }
  expect(await made.run({ store: failing, acceptMissing: 1 })).toMatchObject({ halted: 'wrong-store', purged: 0 })
  await mount(true)
  expect(await made.run()).toMatchObject({ halted: null, purged: 3 })
})
