import { createHash } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { CERTIFY, START_MS, benchWithUsers, finishedRecordings, type Bench, type MakeCatalog } from '@twinreel/catalog/contract/setup'
import { openCatalog, type Catalog } from '@twinreel/catalog/open'
import { showRecording } from '@twinreel/catalog/recordings'
import { openDirectoryStore } from '@twinreel/object-store/directory'
import type { ObjectStore } from '@twinreel/object-store/port'
import { GO_RETENTION_MS } from '@twinreel/recording/retention'
import { silentLogger } from '@twinreel/service/log'
import { runRetention, type RetentionOptions, type RunReport } from './run.ts'

/** When the recordings made here are due. */
export const DUE_MS = START_MS + 2_500 + GO_RETENTION_MS

export interface World extends Bench {
  store: ObjectStore
  /** A catalog that is not this world's. */
  another(): Promise<Catalog>
  run(options?: Partial<RetentionOptions>): Promise<RunReport>
  keys(): Promise<string[]>
  status(recordingId: string): Promise<string | undefined>
}

/** The engines under a world: those of one machine, or servers. */
export interface WorldEngines {
  catalogs: MakeCatalog
  /** A catalog of another installation, with nothing in it. */
  anotherCatalog(clock: () => number): Promise<Catalog>
  store(): Promise<ObjectStore>
}

async function embedded(): Promise<WorldEngines> {
  const directory = await mkdtemp(join(tmpdir(), 'retention-'))
  return {
    catalogs: async (clock) => ({
      open: () => openCatalog({ path: join(directory, 'catalog.db'), clock }),
      remove: () => rm(directory, { recursive: true, force: true }),
    }),
    anotherCatalog: (clock) => openCatalog({ path: ':memory:', clock }),
    store: () => openDirectoryStore({ root: join(directory, 'objects') }),
  }
}

/** A catalog with users ann, bob and carol, and an object store; on disk unless said. */
export async function world(make: () => Promise<WorldEngines> = embedded): Promise<World> {
  const engines = await make()
  const made = await benchWithUsers(engines.catalogs, 'ann', 'bob', 'carol')
  const store = await engines.store()
  onTestFinished(() => store.close())
  return {
    ...made,
    store,
    async another() {
      const catalog = await engines.anotherCatalog(() => made.clock.nowMs)
      onTestFinished(() => catalog.close())
      return catalog
    },
    run: (options = {}) => runRetention({ catalog: made.retention, store, log: silentLogger, ...CERTIFY, ...options }),
    keys: async () => (await store.list({ prefix: 'recordings/' })).objects.map((object) => object.key),
    status: async (recordingId) => (await showRecording(made.catalog, recordingId))?.status,
  }
}

export async function put(store: ObjectStore, key: string): Promise<void> {
  const body = new TextEncoder().encode(key)
  await store.putIfAbsent({ key, body, sha256: createHash('sha256').update(body).digest('hex'), contentType: 'audio/wav' })
}

/** Finished recordings with their three objects each. The contract's rows name keys of owner `ann`; others' objects are found by their prefix. */
export async function recordings(made: World, ids: readonly string[], options: Parameters<typeof finishedRecordings>[2] = {}): Promise<void> {
  await finishedRecordings(made.catalog, ids, options)
  for (const id of ids)
    for (const name of ['00000.wav', '00001.wav', 'manifest.json']) await put(made.store, `recordings/acme/${options.ownerId ?? 'ann'}/${id}/${name}`)
}
