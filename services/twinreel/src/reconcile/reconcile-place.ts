import { deleteLeftovers, deleteOrphans, DeletionRefusedError, type Deletion } from '@twinreel/retention/reconcile/delete'
import type { Finding } from '@twinreel/retention/reconcile/finding'
import { reconcile, type ReconcileOptions, type ReconcileReport } from '@twinreel/retention/reconcile/reconcile'
import type { ManifestKeys } from '@twinreel/recording/manifest-signature'
import { checkDataDir } from '../catalog-file.ts'
import { openPlace } from '../engines.ts'
import type { Place } from '../place.ts'
import { handOver } from './hand-over.ts'
import { uncommittedSinceMs } from './uncommitted-since.ts'

export interface ReconciledPlace {
  report: ReconcileReport
  /** Orphans that `--delete-orphans` would take. */
  deletableOrphans: number
  deletions: Readonly<Record<string, Deletion>>
  /** Why nothing was deleted, if it was asked for. */
  refused: string | null
}

/** Reconciles bucket and catalog of a place, and deletes what was asked for. `list` is given everything found but what is in flight. */
export async function reconcilePlace(
  place: Place,
  options: {
    keys: ManifestKeys
    isDeep: boolean
    isDeletingLeftovers: boolean
    confirmedOrphans: number | null
    progress(seen: number): void
    list(findings: AsyncIterable<Finding>): Promise<number>
  },
): Promise<ReconciledPlace> {
  if (place.kind === 'embedded') checkDataDir(place.dataDir)
  const engines = await openPlace(place)
  try {
    const { keys, isDeep, progress } = options
    const world: ReconcileOptions = {
      catalog: engines.catalog,
      store: engines.store,
      keys,
      isDeep,
      progress,
      uncommittedSinceMs: () => uncommittedSinceMs(engines, place.kind),
    }
    let deletableOrphans = 0
    const report = await handOver<Finding, ReconcileReport>(
      (tell) =>
        reconcile(world, async (finding) => {
          deletableOrphans += finding.deletable === 'orphan' ? 1 : 0
          if (finding.kind !== 'in-flight') await tell(finding)
        }),
      options.list,
    )
    const deletions: Record<string, Deletion> = {}
    if (options.isDeletingLeftovers) deletions['leftovers'] = await deleteLeftovers(world)
    try {
      if (options.confirmedOrphans !== null) deletions['orphans'] = await deleteOrphans(world, options.confirmedOrphans)
    } catch (error) {
      if (!(error instanceof DeletionRefusedError)) throw error
      return { report, deletableOrphans, deletions, refused: error.message }
    }
    return { report, deletableOrphans, deletions, refused: null }
  } finally {
    await engines.close()
  }
}
