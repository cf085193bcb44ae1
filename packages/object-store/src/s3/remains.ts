import { faultOfKey } from '../key.ts'
import { StoreError } from '../port.ts'
import type { S3Connection } from './connection.ts'
import { listObjects } from './list.ts'
import { type Markers, versionPage } from './version-pages.ts'
import { askVersioning } from './versioning.ts'

/**
 * A listing of objects does not show what lies under a delete marker, and whoever may read versions can have it back: so versions are
 * listed, whatever is known of the bucket. Only where the store has no such thing a listing of objects is all there is to see.
 */
export async function remainingKeys(connection: S3Connection, prefix: string): Promise<readonly string[]> {
  for (let markers: Markers | null = {}; markers !== null;) {
    const page = await versionPage(connection, prefix, markers)
    if (page === null) return remainingObjects(connection, prefix)
    const unreadable = page.versions.find(({ isReadable }) => !isReadable)
    if (unreadable !== undefined) {
      throw new StoreError(`versions of ${prefix}*: the store names a key that can’t be read: ${unreadable.key.slice(0, 100)}`, { retriable: false })
    }
    // Others may keep things in the bucket too, as in a listing of objects.
    const keys = new Set(page.versions.map(({ key }) => key).filter((key) => faultOfKey(key) === null))
    if (keys.size > 0) return [...keys]
    markers = page.next
  }
  return []
}

async function remainingObjects(connection: S3Connection, prefix: string): Promise<readonly string[]> {
  if ((await askVersioning(connection, `versions of ${prefix}*`)) === 'kept') {
    throw new StoreError(`versions of ${prefix}*: the bucket keeps versions, and the store does not list them`, { retriable: false })
  }
  const { objects } = await listObjects(connection, { prefix })
  return objects.map(({ key }) => key)
}
