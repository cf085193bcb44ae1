import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Catalog } from '@twinreel/catalog/open'
import type { ObjectStore } from '@twinreel/object-store/port'
import { usageError } from './command-error.ts'
import type { Place } from './place.ts'
import { takeServeLock } from './serve-lock.ts'

interface Lost {
  /** Empty, or what a rebuild left that was broken off. */
  catalog: Catalog
  store: ObjectStore
}

/** Lends the objects of a place and the catalog that is to be made from them; with `dryRun` one in memory that nobody sees. */
export async function withLostCatalog<T>(place: Place, { dryRun }: { dryRun: boolean }, work: (engines: Lost) => Promise<T>): Promise<T> {
  const { openCatalog } = await import('@twinreel/catalog/open')
  switch (place.kind) {
    case 'embedded':
      return withLock(place.dataDir, async () => {
        const { openDirectoryStore } = await import('@twinreel/object-store/directory')
        return lend(
          () => openDirectoryStore({ root: join(place.dataDir, 'objects') }),
          () => openCatalog({ path: dryRun ? ':memory:' : join(place.dataDir, 'catalog.db') }),
          work,
        )
      })
    case 'kafka': {
      const [{ openS3Store }, { openPostgresCatalog }] = await Promise.all([import('@twinreel/object-store/s3'), import('@twinreel/catalog/postgres')])
      return lend(
        () => openS3Store(place.s3, { puts: false }),
        () => (dryRun ? openCatalog({ path: ':memory:' }) : openPostgresCatalog(place.database)),
        work,
      )
    }
  }
}

async function lend<T>(openStore: () => Promise<ObjectStore>, open: () => Promise<Catalog>, work: (engines: Lost) => Promise<T>): Promise<T> {
  const store = await openStore()
  try {
    const catalog = await open()
    try {
      return await work({ catalog, store })
    } finally {
      await catalog.close()
    }
  } finally {
    await store.close()
  }
}

/** While a `serve` runs on the directory its catalog is not lost. */
async function withLock<T>(dataDir: string, work: () => Promise<T>): Promise<T> {
  if (!existsSync(join(dataDir, 'objects')))
    throw usageError(`${dataDir} holds no objects to rebuild a catalog from`, 'name another directory with --data or TWINREEL_DATA')
  const lock = takeServeLock(dataDir)
  if (lock.kind === 'held') throw usageError(`a serve runs on ${dataDir}`, 'stop it with `twinreel stop`: a catalog that is used is not lost')
  try {
    return await work()
  } finally {
    lock.release()
  }
}
