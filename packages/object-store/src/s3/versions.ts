import { ListObjectVersionsCommand } from '@aws-sdk/client-s3'
import { StoreError } from '../port.ts'
import { ask, type S3Connection } from './connection.ts'
import { type BatchResult, type Doomed, deleteBatch, MOST_A_REQUEST } from './delete-batch.ts'
import { decodeKey } from './list.ts'

const LISTS_AT_ONCE = 16
/** Kept in memory at once of one folder; what is more comes in a further round. */
const MOST_VERSIONS = 10_000

interface Round {
  doomed: Doomed[]
  isComplete: boolean
}

/** The versions and delete markers of exactly these keys, which all begin with `prefix`. */
async function versionsOf(connection: S3Connection, prefix: string, keys: ReadonlySet<string>): Promise<Round> {
  const doomed: Doomed[] = []
  for (let markers: { KeyMarker?: string; VersionIdMarker?: string } = {}; ;) {
    const command = new ListObjectVersionsCommand({ Bucket: connection.settings.bucket, Prefix: prefix, EncodingType: 'url', ...markers })
    const page = await ask(connection, `versions of ${prefix}*`, (client, options) => client.send(command, options))
    for (const { Key = '', VersionId } of [...(page.Versions ?? []), ...(page.DeleteMarkers ?? [])]) {
      const key = decodeKey(Key, page.EncodingType)
      if (key !== null && keys.has(key)) doomed.push({ key, versionId: VersionId ?? 'null' })
    }
    if (page.IsTruncated !== true) return { doomed, isComplete: true }
    if (doomed.length >= MOST_VERSIONS) return { doomed, isComplete: false }
    const [keyMarker, versionMarker] = [decodeKey(page.NextKeyMarker ?? '', page.EncodingType), page.NextVersionIdMarker]
    if (keyMarker === null || keyMarker === '' || (keyMarker === markers.KeyMarker && versionMarker === markers.VersionIdMarker)) {
      throw new StoreError(`versions of ${prefix}*: the store says there are more, and not where they go on`, { retriable: true })
    }
    markers = { KeyMarker: keyMarker, ...(versionMarker === undefined || versionMarker === '' ? {} : { VersionIdMarker: versionMarker }) }
  }
}

/** Keys of one folder are found by one listing, as the objects of a recording are; a key alone by its own. */
function byPrefix(keys: readonly string[]): [prefix: string, keys: ReadonlySet<string>][] {
  const folders = Map.groupBy(keys, (key) => key.slice(0, key.lastIndexOf('/') + 1))
  return [...folders].map(([folder, inside]) => [inside.length === 1 ? (inside[0] ?? folder) : folder, new Set(inside)])
}

/** Until no version is left, or one can't be deleted. */
async function deleteVersionsBelow(connection: S3Connection, prefix: string, keys: ReadonlySet<string>): Promise<BatchResult['failed']> {
  const failed = new Map<string, { error: string; retriable: boolean }>()
  for (let isComplete = false; !isComplete && failed.size === 0;) {
    const round = await versionsOf(connection, prefix, keys)
    isComplete = round.isComplete
    for (let at = 0; at < round.doomed.length; at += MOST_A_REQUEST) {
      const batch = await deleteBatch(connection, round.doomed.slice(at, at + MOST_A_REQUEST))
      for (const [key, failure] of batch.failed) failed.set(key, failure)
    }
    if (!isComplete && failed.size > 0) for (const key of keys) if (!failed.has(key)) failed.set(key, { error: 'versions of it may be left', retriable: true })
  }
  return failed
}

/**
 * Deletes what a bucket that keeps versions knows of these keys, so that nothing can be had back: a plain delete would only put a marker
 * on top.
 */
export async function deleteAllVersions(connection: S3Connection, keys: readonly string[]): Promise<BatchResult['failed']> {
  const failed = new Map<string, { error: string; retriable: boolean }>()
  const groups = byPrefix(keys)
  const next = async (): Promise<void> => {
    for (let group = groups.pop(); group !== undefined; group = groups.pop()) {
      const [prefix, inside] = group
      try {
        for (const [key, failure] of await deleteVersionsBelow(connection, prefix, inside)) failed.set(key, failure)
      } catch (error) {
        if (!(error instanceof StoreError)) throw error
        for (const key of inside) failed.set(key, { error: error.message, retriable: error.retriable })
      }
    }
  }
  await Promise.all(Array.from({ length: LISTS_AT_ONCE }, next))
  return failed
}
