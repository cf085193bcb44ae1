import { join } from 'node:path'
import type { Catalog } from '@twinreel/catalog/open'
import type { ObjectStore } from '@twinreel/object-store/port'
import { engineError } from './command-error.ts'
import type { Engines } from './engines.ts'
import type { Configuration } from './environment/read-environment.ts'
import { explain } from './explain.ts'
import { journalSignerOf } from './keys/signing.ts'
import type { Place } from './place.ts'
import { withLog } from './with-log.ts'

/** Lends the catalog of a place that is in use already. */
export async function withCatalog<T>(place: Place, work: (catalog: Catalog) => Promise<T>): Promise<T> {
  if (place.kind === 'embedded') {
    const { checkDataDir } = await import('./catalog-file.ts')
    checkDataDir(place.dataDir)
  }
  return withOpenCatalog(place, work)
}

/** Lends the catalog of a place; a data directory is made if need be. */
async function withAnyCatalog<T>(place: Place, work: (catalog: Catalog) => Promise<T>): Promise<T> {
  if (place.kind === 'embedded') {
    const { makeDataDir } = await import('./catalog-file.ts')
    makeDataDir(place.dataDir)
  }
  return withOpenCatalog(place, work)
}

/**
 * Lends the catalog of a place for changes that an administrator asks for, and returns when they are in the journal too: a catalog lost after that
 * is rebuilt with them. Throws an engine's `CommandError` when they could not be journaled; what was changed stays, and whoever writes the journal next writes it.
 */
export async function withAcknowledged<T>(
  configuration: Pick<Configuration, 'place' | 'signing'>,
  work: (catalog: Catalog) => Promise<T>,
  { make = false }: { make?: boolean } = {},
): Promise<T> {
  const { place } = configuration
  return (make ? withAnyCatalog : withCatalog)(place, async (catalog) => {
    // Before the change: with the bucket away nothing is begun.
    const [store, { writeJournal }] = await Promise.all([openStoreOf(place, { puts: true }), import('@twinreel/catalog/journal/write')])
    const signer = journalSignerOf(configuration)
    try {
      const result = await work(catalog).catch(async (error: unknown) => {
        // Some of it may be done; the error says what.
        await writeJournal(catalog, store, signer).catch(() => undefined)
        throw error
      })
      await writeJournal(catalog, store, signer).catch((error: unknown) => {
        const { what, next } = explain(error)
        throw engineError(
          `the change is made, but it is not in the journal: ${what}`,
          next ?? 'run the command again when the bucket takes it: until then a lost catalog would lose the change; a recorder that runs journals it too',
          error,
        )
      })
      return result
    } finally {
      await store.close()
    }
  })
}

async function withOpenCatalog<T>(place: Place, work: (catalog: Catalog) => Promise<T>): Promise<T> {
  const { refuseWhileRebuilding } = await import('@twinreel/catalog/journal/rebuilding')
  const catalog = await openCatalogOf(place)
  try {
    await refuseWhileRebuilding(catalog.db)
    return await work(catalog)
  } finally {
    await catalog.close()
  }
}

async function openCatalogOf(place: Place): Promise<Catalog> {
  switch (place.kind) {
    case 'embedded': {
      const { openCatalog } = await import('@twinreel/catalog/open')
      return openCatalog({ path: join(place.dataDir, 'catalog.db') })
    }
    case 'kafka': {
      const { openPostgresCatalog } = await import('@twinreel/catalog/postgres')
      return openPostgresCatalog(place.database)
    }
  }
}

/** Lends the catalog and the objects of a place that is in use already. */
export async function withObjects<T>(
  place: Place,
  work: (engines: { catalog: Catalog; store: ObjectStore }) => Promise<T>,
  { puts = false }: { puts?: boolean } = {},
): Promise<T> {
  return withCatalog(place, async (catalog) => {
    // Who only reads need not be allowed to write.
    const store = await openStoreOf(place, { puts })
    try {
      return await work({ catalog, store })
    } finally {
      await store.close()
    }
  })
}

/** Lends the objects of a place, to look at. */
export async function withStore<T>(place: Place, work: (store: ObjectStore) => Promise<T>): Promise<T> {
  const store = await openStoreOf(place, { puts: false })
  try {
    return await work(store)
  } finally {
    await store.close()
  }
}

/** Lends log, catalog and objects of a place that is in use already; nothing is written to any of them. */
export async function withPlace<T>(place: Place, work: (engines: Pick<Engines, 'eventLog' | 'catalog' | 'store'>) => Promise<T>): Promise<T> {
  return withObjects(place, ({ catalog, store }) => withLog(place, (eventLog) => work({ eventLog, catalog, store })))
}

async function openStoreOf(place: Place, { puts }: { puts: boolean }): Promise<ObjectStore> {
  switch (place.kind) {
    case 'embedded': {
      const { openDirectoryStore } = await import('@twinreel/object-store/directory')
      return openDirectoryStore({ root: join(place.dataDir, 'objects') })
    }
    case 'kafka': {
      const { openS3Store } = await import('@twinreel/object-store/s3')
      return openS3Store(place.s3, { puts })
    }
  }
}
