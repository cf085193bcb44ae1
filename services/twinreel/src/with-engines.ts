import { join } from 'node:path'
import type { Catalog } from '@twinreel/catalog/open'
import type { ObjectStore } from '@twinreel/object-store/port'

/** Lends the catalog of a data directory that exists. */
export async function withCatalog<T>(dataDir: string, work: (catalog: Catalog) => Promise<T>): Promise<T> {
  const { checkDataDir } = await import('./catalog-file.ts')
  checkDataDir(dataDir)
  return withOpenCatalog(dataDir, work)
}

/** Lends the catalog of a data directory, which is made if need be. */
export async function withAnyCatalog<T>(dataDir: string, work: (catalog: Catalog) => Promise<T>): Promise<T> {
  const { makeDataDir } = await import('./catalog-file.ts')
  makeDataDir(dataDir)
  return withOpenCatalog(dataDir, work)
}

async function withOpenCatalog<T>(dataDir: string, work: (catalog: Catalog) => Promise<T>): Promise<T> {
  const { openCatalog } = await import('@twinreel/catalog/open')
  const catalog = await openCatalog({ path: join(dataDir, 'catalog.db') })
  try {
    return await work(catalog)
  } finally {
    await catalog.close()
  }
}

/** Lends the catalog and the objects of a data directory that exists. */
export async function withObjects<T>(dataDir: string, work: (engines: { catalog: Catalog; store: ObjectStore }) => Promise<T>): Promise<T> {
  return withCatalog(dataDir, async (catalog) => {
    const { openDirectoryStore } = await import('@twinreel/object-store/directory')
    const store = await openDirectoryStore({ root: join(dataDir, 'objects') })
    try {
      return await work({ catalog, store })
    } finally {
      await store.close()
    }
  })
}
