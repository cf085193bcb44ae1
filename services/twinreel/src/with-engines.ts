import { join } from 'node:path'
import type { Catalog } from '@twinreel/catalog/open'
import type { ObjectStore } from '@twinreel/object-store/port'
import { engineError, type CommandError } from './command-error.ts'
import type { Engines } from './engines.ts'
import type { Configuration } from './environment/read-environment.ts'
import { EXIT, type ExitCode } from './exit-codes.ts'
import { explain } from './explain.ts'
import { journalSignerOf } from './keys/signing.ts'
import { openStoreOf } from './open-store.ts'
import { printError } from './output.ts'
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

interface Change<T> {
  /** Makes it. */
  work(catalog: Catalog): Promise<T>
  /** Prints what came of it; answers how the command ends. */
  tell(result: T): Promise<ExitCode>
  /** A data directory is made if need be. */
  make?: boolean
}

/**
 * Makes a change that an administrator asks for, and tells it when it is in the journal too: a catalog lost after that is rebuilt with it. Nothing is begun
 * unless the journal was written to this bucket until now (`WrongBucketError`). What could not be journaled is told all the same, and then an engine's
 * `CommandError` is thrown; what was changed stays, and whoever writes the journal next writes it.
 */
export async function withAcknowledged<T>(configuration: Pick<Configuration, 'place' | 'signing'>, { work, tell, make = false }: Change<T>): Promise<ExitCode> {
  const { place } = configuration
  return (make ? withAnyCatalog : withCatalog)(place, async (catalog) => {
    const [{ checkBucket }, { writeJournal }] = await Promise.all([import('@twinreel/catalog/journal/belongs'), import('@twinreel/catalog/journal/write')])
    const signer = journalSignerOf(configuration)
    // Before the change: with the bucket away, or another one in its place, nothing is begun.
    const store = await openStoreOf(place, catalog, { puts: true })
    try {
      await checkBucket(catalog, store)
      const made = await work(catalog).then(
        (result) => ({ result }),
        (error: unknown) => ({ error }),
      )
      // Some of it may be done also when it failed; the error says what.
      const unjournaled = await writeJournal(catalog, store, signer).then(() => null, notJournaled)
      if ('error' in made) {
        const refusal = explain(made.error)
        if (unjournaled === null || refusal.exitCode === EXIT.engine) throw made.error
        printError(refusal)
        throw unjournaled
      }
      const exitCode = await tell(made.result)
      if (unjournaled !== null) throw unjournaled
      return exitCode
    } finally {
      await store.close()
    }
  })
}

function notJournaled(error: unknown): CommandError {
  const { what, next } = explain(error)
  const later =
    'whoever writes the journal next, a recorder or another such command, writes it too, so this one need not be repeated; until then a lost catalog would lose it'
  return engineError(`what was changed, if anything, is not in the journal yet: ${what}`, next === null ? later : `${next}; ${later}`, error)
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
    const store = await openStoreOf(place, catalog, { puts })
    try {
      return await work({ catalog, store })
    } finally {
      await store.close()
    }
  })
}

/** Lends the objects of a place whose catalog is open, to look at. */
export async function withStore<T>(place: Place, catalog: Catalog, work: (store: ObjectStore) => Promise<T>): Promise<T> {
  const store = await openStoreOf(place, catalog, { puts: false })
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
