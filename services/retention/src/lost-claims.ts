import type { Catalog } from '@twinreel/catalog/open'
import { claimsAmong } from '@twinreel/catalog/retention'
import type { Logger } from '@twinreel/service/log'

/** Was claimed, which was committed, and is not any more: the database has lost a commit. */
export interface LostClaim {
  recordingId: string
  /** Its objects had been deleted by then. */
  isDeleted: boolean
}

/** Of these recordings, that were claimed, those whose claim the catalog has lost. What another worker has purged meanwhile is claimed. */
async function unclaimed<T extends { recordingId: string }>(catalog: Catalog, recordings: readonly T[]): Promise<T[]> {
  const claimed = await claimsAmong(
    catalog,
    recordings.map(({ recordingId }) => recordingId),
  )
  return recordings.filter(({ recordingId }) => !claimed.has(recordingId))
}

/** Asked before the first object is deleted: what is not claimed is nobody's to delete, whatever this process remembers. */
export async function stillClaimed<T extends { recordingId: string }>(
  { catalog, log }: { catalog: Catalog; log: Logger },
  batch: readonly T[],
): Promise<{ batch: readonly T[]; lost: LostClaim[] }> {
  const lost = new Set(await unclaimed(catalog, batch))
  const [first] = lost
  if (first === undefined) return { batch, lost: [] }
  log.error(
    { recordingId: first.recordingId, count: lost.size },
    'recordings not deleted, this one first: they were claimed, and the database has lost it; look whether it was failed over or restored. The next run judges them anew, and halts when the catalog is older than its bucket',
  )
  return { batch: batch.filter((recording) => !lost.has(recording)), lost: [...lost].map(({ recordingId }) => ({ recordingId, isDeleted: false })) }
}

/** Asked of what was deleted and could not be certified: `uncertified` that another worker has certified are none. */
export async function lostSince({ catalog, log }: { catalog: Catalog; log: Logger }, uncertified: readonly { recordingId: string }[]): Promise<LostClaim[]> {
  if (uncertified.length === 0) return []
  const lost = await unclaimed(catalog, uncertified)
  const [first] = lost
  if (first !== undefined)
    log.error(
      { recordingId: first.recordingId, count: lost.length },
      'recordings deleted and not certified, this one first: the database has lost their claims, which the bucket’s journal has; look whether it was failed over or restored, and run `twinreel catalog rebuild`',
    )
  return lost.map(({ recordingId }) => ({ recordingId, isDeleted: true }))
}
