import { join } from 'node:path'
import type { Catalog } from '@twinreel/catalog/open'
import type { ObjectStore } from '@twinreel/object-store/port'
import type { Place } from './place.ts'

/** Lends the catalog of a place that is in use already. */
export async function withCatalog<T>(place: Place, work: (catalog: Catalog) => Promise<T>): Promise<T> {
  if (place.kind === 'embedded') {
    const { checkDataDir } = await import('./catalog-file.ts')
    checkDataDir(place.dataDir)
  }
  return withOpenCatalog(place, work)
}

/** Lends the catalog of a place; a data directory is made if need be. */
export async function withAnyCatalog<T>(place: Place, work: (catalog: Catalog) => Promise<T>): Promise<T> {
  if (place.kind === 'embedded') {
    const { makeDataDir } = await import('./catalog-file.ts')
    makeDataDir(place.dataDir)
  }
  return withOpenCatalog(place, work)
}

async function withOpenCatalog<T>(place: Place, work: (catalog: Catalog) => Promise<T>): Promise<T> {
  const catalog = await openCatalogOf(place)
  try {
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
export async function withObjects<T>(place: Place, work: (engines: { catalog: Catalog; store: ObjectStore }) => Promise<T>): Promise<T> {
  return withCatalog(place, async (catalog) => {
    const store = await openStoreOf(place)
    try {
      return await work({ catalog, store })
    } finally {
      await store.close()
    }
  })
}

async function openStoreOf(place: Place): Promise<ObjectStore> {
  switch (place.kind) {
    case 'embedded': {
      const { openDirectoryStore } = await import('@twinreel/object-store/directory')
      return openDirectoryStore({ root: join(place.dataDir, 'objects') })
    }
    case 'kafka': {
      const { openS3Store } = await import('@twinreel/object-store/s3')
      // Who only reads and deletes need not be allowed to write.
      return openS3Store(place.s3, { puts: false })
    }
  }
}
