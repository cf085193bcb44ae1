import { StoreError } from '../port.ts'
import type { S3Connection } from './connection.ts'
import { type BatchResult, type Doomed, deleteBatch, MOST_A_REQUEST } from './delete-batch.ts'
import { locksOf } from './object-lock.ts'
import { type Markers, versionPage } from './version-pages.ts'

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
  for (let markers: Markers = {}; ;) {
    const page = await versionPage(connection, prefix, markers)
    if (page === null) throw new StoreError(`versions of ${prefix}*: the store does not list them`, { retriable: false })
    for (const { key, isReadable, versionId } of page.versions) if (isReadable && keys.has(key)) doomed.push({ key, versionId })
    if (page.next === null) return { doomed, isComplete: true }
    if (doomed.length >= MOST_VERSIONS) return { doomed, isComplete: false }
    markers = page.next
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
      const doomed = round.doomed.slice(at, at + MOST_A_REQUEST)
      const batch = await deleteBatch(connection, doomed)
      const refused = doomed.filter(({ key }) => batch.failed.get(key)?.retriable === false)
      const locks = refused.length === 0 ? new Map<string, string>() : await locksOf(connection, refused)
      for (const [key, failure] of batch.failed) {
        const lock = locks.get(key)
        failed.set(key, lock === undefined ? failure : { error: `${failure.error}; ${lock}`, retriable: false })
      }
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
