import { mkdirSync, writeFileSync } from 'node:fs'
import { createHash } from 'node:crypto'
import { dirname, join } from 'node:path'
import { openCatalog } from '@twinreel/catalog/open'
import { migratedDatabase, NO_SERVER } from '@twinreel/catalog/postgres/testing'
import { openPostgresCatalog } from '@twinreel/catalog/postgres'
import { openDirectoryStore } from '@twinreel/object-store/directory'
import { openS3Store } from '@twinreel/object-store/s3'
import { SERVER } from '@twinreel/object-store/s3/testing'
import { deleteLeftovers, deleteOrphans } from '@twinreel/retention/reconcile/delete'
import type { Finding } from '@twinreel/retention/reconcile/finding'
import { reconcile, type ReconcileOptions } from '@twinreel/retention/reconcile/reconcile'
import { systemClock } from '@twinreel/service/clock'
import { silentLogger } from '@twinreel/service/log'
import { trustedKeys } from '@twinreel/service/trusted-keys'
import { generatePlans } from '@twinreel/simulator/generate'
import { simulate } from '@twinreel/simulator/simulate'
import { openEngines } from '@twinreel/twinreel/engines'
import { uncommittedSinceMs } from '@twinreel/twinreel/reconcile/uncommitted-since'
import { recordWith } from '@twinreel/twinreel/record-with'
import { describe, expect, onTestFinished, test } from 'vitest'
import { temporaryDirectory } from '../support/directories.ts'
import { plant, type RawStore } from '../support/planted-store.ts'
import { RECORDER_KEYS } from '../support/signing.ts'

const LATER = async (): Promise<number> => systemClock.now() + 60_000

async function found(options: ReconcileOptions): Promise<Finding[]> {
  const findings: Finding[] = []
  await reconcile(options, async (finding) => void findings.push(finding))
  return findings
}

const byKey = (findings: readonly Finding[]): Record<string, string> => Object.fromEntries(findings.map(({ key, kind }) => [key, kind]))

/** A catalog and a store below a directory, the store's files at hand. */
async function onDisk(): Promise<ReconcileOptions & { raw: RawStore }> {
  const directory = temporaryDirectory()
  const root = join(directory, 'objects')
  const [catalog, store] = [await openCatalog({ path: join(directory, 'catalog.db') }), await openDirectoryStore({ root })]
  onTestFinished(() => catalog.close())
  const raw: RawStore = {
    async write(key, bytes) {
      mkdirSync(dirname(join(root, key)), { recursive: true })
      writeFileSync(join(root, key), bytes)
    },
  }
  return { catalog, store, raw, keys: trustedKeys([]), isDeep: true, uncommittedSinceMs: LATER }
}

describe('10,000 planted orphans, ghosts and flips', () => {
  test('are all found, each as what it is, and none is invented; what may be deleted goes, and nothing else', async () => {
    const world = await onDisk()
    const { expected } = await plant(world.catalog, world.raw, { recordings: 5_000, faults: 10_000, seed: 1 })
    expect(expected.size).toBe(10_000)
    const findings = await found(world)
    expect(findings).toHaveLength(10_000)
    expect(byKey(findings)).toEqual(Object.fromEntries(expected))

    // The catalog names too little of this bucket to be believed.
    const orphans = findings.filter(({ deletable }) => deletable === 'orphan')
    await expect(deleteOrphans(world, orphans.length)).rejects.toThrow(/the catalog knows \d+ of \d+ objects/)
    const leftovers = findings.filter(({ deletable }) => deletable === 'leftover')
    // Whether a certificate says so is the command's to ask.
    expect(await deleteLeftovers(world, (finding) => Promise.resolve(finding))).toEqual({ deleted: leftovers.length, failed: [] })
    const gone = new Set(leftovers.map(({ key }) => key))
    expect(byKey(await found({ ...world, isDeep: false }))).toEqual(
      Object.fromEntries([...expected].filter(([key, kind]) => !gone.has(key) && kind !== 'flip')),
    )
  }, 300_000)
})

test('orphans go only when as many are there as was said, and not on the word of an empty catalog', async () => {
  const world = await onDisk()
  await plant(world.catalog, world.raw, { recordings: 60, faults: 0, seed: 2 })
  for (const name of ['00000.wav', '00001.wav']) await world.raw.write(`recordings/acme/ann/stranger/${name}`, new Uint8Array([1]))
  await expect(deleteOrphans(world, 3)).rejects.toThrow('2 orphans could be deleted, and 3 were confirmed')
  const empty = await openCatalog({ path: join(temporaryDirectory(), 'catalog.db') })
  onTestFinished(() => empty.close())
  await expect(deleteOrphans({ ...world, catalog: empty }, 173)).rejects.toThrow('the catalog knows 0 of 173 objects')
  expect(await found(world)).toHaveLength(2)
  expect(await deleteOrphans(world, 2)).toEqual({ deleted: 2, failed: [] })
  expect(await found(world)).toEqual([])
})

test('beside a recorder that records, nothing is invented; without the rows, what has a signed manifest is kept for a rebuild', async () => {
  const engines = await openEngines({ dataDir: temporaryDirectory() })
  onTestFinished(() => engines.close())
  const world: ReconcileOptions = {
    ...engines,
    keys: RECORDER_KEYS.trustedKeys,
    isDeep: true,
    uncommittedSinceMs: () => uncommittedSinceMs(engines, 'embedded'),
  }
  const recorder = await recordWith(engines, silentLogger, { signing: RECORDER_KEYS })
  const { plans, people } = generatePlans({ seed: 5, calls: 12, users: 8, callSeconds: 75 })
  let isOver = false
  const simulated = simulate({ log: engines.eventLog, catalog: engines.catalog, plans, people, speed: 'max', seed: 5 }).finally(() => (isOver = true))
  let rounds = 0
  while (!isOver) {
    expect((await found(world)).filter(({ kind }) => kind !== 'in-flight')).toEqual([])
    rounds += 1
  }
  await simulated
  await recorder.stop()
  expect(rounds).toBeGreaterThan(1)
  expect(await found({ ...world, uncommittedSinceMs: LATER })).toEqual([])

  await engines.catalog.db.deleteFrom('segments').execute()
  await engines.catalog.db.deleteFrom('recordings').execute()
  const lost = await found({ ...world, uncommittedSinceMs: LATER })
  expect(lost.length).toBeGreaterThan(20)
  expect(new Set(lost.map(({ kind, deletable, why }) => [kind, deletable, /catalog rebuild/.test(why)].join()))).toEqual(new Set(['orphan,,true']))
  // Nor is it deleted on the word of somebody who has forgotten the key.
  const keyless = await found({ ...world, keys: trustedKeys([]), uncommittedSinceMs: LATER })
  expect(keyless).toHaveLength(lost.length)
  expect(keyless.filter(({ deletable }) => deletable !== null)).toEqual([])
}, 120_000)

describe.skipIf(NO_SERVER || SERVER.isMissing)('on S3 and PostgreSQL (TWINREEL_TEST_S3, TWINREEL_TEST_POSTGRES)', () => {
  test('the same is found', async () => {
    const [database, bucket] = await Promise.all([migratedDatabase(), SERVER.bucket()])
    const [catalog, store] = await Promise.all([openPostgresCatalog(database.settings()), openS3Store(bucket.settings)])
    onTestFinished(async () => {
      await Promise.all([catalog.close(), store.close()])
      await Promise.all([database.drop(), bucket.remove()])
    })
    const raw: RawStore = {
      write: async (key, body) =>
        void (await store.putIfAbsent({ key, body, sha256: createHash('sha256').update(body).digest('hex'), contentType: 'audio/wav' })),
    }
    const { expected } = await plant(catalog, raw, { recordings: 150, faults: 200, seed: 3 })
    expect(byKey(await found({ catalog, store, keys: trustedKeys([]), isDeep: true, uncommittedSinceMs: LATER }))).toEqual(Object.fromEntries(expected))
  }, 120_000)
})
