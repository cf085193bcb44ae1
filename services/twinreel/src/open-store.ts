import { statSync } from 'node:fs'
import { join } from 'node:path'
import type { Catalog } from '@twinreel/catalog/open'
import type { ObjectStore } from '@twinreel/object-store/port'
import { engineError } from './command-error.ts'
import type { Place } from './place.ts'

/**
 * The objects of a place that the catalog is of. A directory is made where it is missing, unless the catalog wrote into one: then it is a disk that is not
 * mounted, say, and a new one would be taken for it; throws an engine's `CommandError`. Who only reads need not be allowed to write: `puts`.
 */
export async function openStoreOf(place: Place, catalog: Catalog, { puts }: { puts: boolean }): Promise<ObjectStore> {
  switch (place.kind) {
    case 'embedded': {
      const { openDirectoryStore } = await import('@twinreel/object-store/directory')
      const root = join(place.dataDir, 'objects')
      if (isAbsent(root)) await refuseLost(root, catalog)
      return openDirectoryStore({ root })
    }
    case 'kafka': {
      const { openS3Store } = await import('@twinreel/object-store/s3')
      return openS3Store(place.s3, { puts })
    }
  }
}

function isAbsent(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false }) === undefined
  } catch {
    // Whoever opens it says what is wrong.
    return false
  }
}

async function refuseLost(root: string, catalog: Catalog): Promise<void> {
  const { lastWrittenKey } = await import('@twinreel/catalog/journal/belongs')
  const key = await lastWrittenKey(catalog)
  if (key === null) return
  throw engineError(
    `object directory ${root} is not there, and this catalog wrote ${key} into it`,
    'mount or restore it, or name the right data directory with --data or TWINREEL_DATA; nothing was changed',
  )
}
