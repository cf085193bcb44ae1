import { type RemainingPage, StoreError } from '../port.ts'
import type { S3Connection } from './connection.ts'
import { checkOrder, listKeys } from './list.ts'
import { type Markers, type VersionPage, versionPage } from './version-pages.ts'
import { askVersioning } from './versioning.ts'

interface Asked {
  prefix: string
  after?: string
  limit?: number
}

/**
 * A listing of objects does not show what lies under a delete marker, and whoever may read versions can have it back: so versions are
 * listed, whatever is known of the bucket. Only where the store has no such thing a listing of objects is all there is to see.
 */
export async function remainingKeys(connection: S3Connection, asked: Asked): Promise<RemainingPage> {
  const { prefix, after = '', limit } = asked
  for (let markers: Markers = after === '' ? {} : { KeyMarker: after }; ;) {
    const page = await versionPage(connection, prefix, markers, limit)
    if (page === null) return remainingObjects(connection, asked)
    const keys = keysBetween(prefix, page, after)
    if (keys.length > 0 || page.next === null) return { keys, next: page.next?.KeyMarker ?? null }
    markers = page.next
  }
}

/** Of a page that begins after a key, or, as some stores take the marker, with it. */
function keysBetween(prefix: string, { versions, next }: VersionPage, after: string): string[] {
  const what = `versions of ${prefix}*`
  const unreadable = versions.find(({ isReadable }) => !isReadable)
  if (unreadable !== undefined) {
    throw new StoreError(`${what}: the store names a key that can’t be read: ${unreadable.key.slice(0, 100)}`, { retriable: false })
  }
  for (const isMarker of [false, true]) {
    const listed = versions.filter((version) => version.isMarker === isMarker).map(({ key }) => key)
    checkOrder(what, [...new Set([after, ...listed, ...(next === null ? [] : [next.KeyMarker])])])
  }
  // Also what others keep there, which a listing of objects leaves out: what is said to be empty must be.
  return [...new Set(versions.map(({ key }) => key))].filter((key) => key !== after)
}

async function remainingObjects(connection: S3Connection, asked: Asked): Promise<RemainingPage> {
  const { prefix } = asked
  if ((await askVersioning(connection, `versions of ${prefix}*`)) === 'kept') {
    throw new StoreError(`versions of ${prefix}*: the bucket keeps versions, and the store does not list them`, { retriable: false })
  }
  return listKeys(connection, asked)
}
