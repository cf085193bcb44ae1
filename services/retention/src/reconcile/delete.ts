import { recordingObject } from '@twinreel/recording/keys'
import { emptyPrefix } from '../purge.ts'
import type { Finding } from './finding.ts'
import { reconcile, type ReconcileOptions } from './reconcile.ts'
import { objectSuspect } from './suspects.ts'

export interface Deletion {
  deleted: number
  /** What the store did not delete, and why. */
  failed: readonly { key: string; error: string }[]
}

/** Why nothing was deleted. */
export class DeletionRefusedError extends Error {
  constructor(why: string) {
    super(why)
    this.name = 'DeletionRefusedError'
  }
}

/**
 * Deletes what is left of purged recordings, as retention does: all that remains below their prefix. `certified` makes of a finding one that is not deleted where no
 * certificate says that its recording is gone.
 */
export async function deleteLeftovers(options: ReconcileOptions, certified: (finding: Finding) => Promise<Finding>): Promise<Deletion> {
  const failed: { key: string; error: string }[] = []
  let deleted = 0
  let last: string | null = null
  await reconcile({ ...options, isDeep: false }, async (finding) => {
    const { key, deletable } = await certified(finding)
    const path = recordingObject(key)
    // A recording's objects come one after another; the first takes them all.
    if (deletable !== 'leftover' || path === null || path.recordingId === last) return
    last = path.recordingId
    const emptied = await emptyPrefix(options.store, path)
    deleted += emptied.objects
    failed.push(...emptied.failures.map((failure) => ({ key: failure.key ?? key, error: failure.error })))
  })
  return { deleted, failed }
}

/** Of the bucket's objects the catalog must name this part, or it is the catalog that is wrong. */
const LEAST_KNOWN = 0.9

/**
 * Deletes orphans whose recording no row knows and no signed manifest tells of; exactly `confirmed` must be there. Throws `DeletionRefusedError` before anything is
 * deleted when there are more or fewer, or when the catalog does not name nine of ten objects of the bucket: then it is another bucket's, or has lost rows that a
 * rebuild brings back.
 */
export async function deleteOrphans(options: ReconcileOptions, confirmed: number): Promise<Deletion> {
  const world = { ...options, isDeep: false }
  let found = 0
  const { objects, knownObjects, counts } = await reconcile(world, async ({ deletable }) => void (found += deletable === 'orphan' ? 1 : 0))
  const ours = objects - counts.foreign
  if (knownObjects < ours * LEAST_KNOWN || knownObjects === 0)
    throw new DeletionRefusedError(
      `the catalog knows ${knownObjects} of ${ours} objects of the bucket: rather it has lost rows, or is another bucket’s, than that so many are orphans`,
    )
  if (found !== confirmed) throw new DeletionRefusedError(`${found} orphans could be deleted, and ${confirmed} were confirmed`)
  const failed: { key: string; error: string }[] = []
  let deleted = 0
  await reconcile(world, async ({ key, deletable, sizeBytes }) => {
    if (deletable !== 'orphan' || deleted + failed.length >= confirmed) return
    const again = await objectSuspect({ ...options, sinceMs: await options.uncommittedSinceMs() }, { key, sizeBytes: sizeBytes ?? 0, modifiedAtMs: 0 })
    if (again?.deletable !== 'orphan') return
    for (const outcome of await options.store.deleteMany([key])) {
      if (outcome.deleted) deleted += 1
      else failed.push({ key, error: outcome.error })
    }
  })
  return { deleted, failed }
}
