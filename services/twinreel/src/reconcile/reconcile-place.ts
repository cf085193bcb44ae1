import { deleteLeftovers, deleteOrphans, DeletionRefusedError, type Deletion } from '@twinreel/retention/reconcile/delete'
import { reconcile, type ReconcileOptions, type ReconcileReport } from '@twinreel/retention/reconcile/reconcile'
import type { TrustedKeys } from '@twinreel/service/trusted-keys'
import { checkDataDir } from '../catalog-file.ts'
import { openPlace } from '../engines.ts'
import type { Place } from '../place.ts'
import { certifiedOnly, uncertifiedFindings, type PlaceFinding } from './certified-leftovers.ts'
import { handOver } from './hand-over.ts'
import { uncommittedSinceMs } from './uncommitted-since.ts'

export interface ReconciledPlace {
  report: Omit<ReconcileReport, 'counts'> & { counts: Readonly<Record<PlaceFinding['kind'], number>> }
  /** Orphans that `--delete-orphans` would take. */
  deletableOrphans: number
  deletions: Readonly<Record<string, Deletion>>
  /** Why nothing was deleted, if it was asked for. */
  refused: string | null
}

/** Reconciles bucket and catalog of a place, and the marks of what is purged with their certificates, and deletes what was asked for. `list` is given everything found but what is in flight. */
export async function reconcilePlace(
  place: Place,
  options: {
    keys: TrustedKeys
    isDeep: boolean
    isDeletingLeftovers: boolean
    confirmedOrphans: number | null
    progress(seen: number): void
    list(findings: AsyncIterable<PlaceFinding>): Promise<number>
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
    const certified = certifiedOnly(engines.catalog, keys)
    let [deletableOrphans, uncertified] = [0, 0]
    const { counts, ...seen } = await handOver<PlaceFinding, ReconcileReport>(async (tell) => {
      const told = await reconcile(world, async (finding) => {
        deletableOrphans += finding.deletable === 'orphan' ? 1 : 0
        if (finding.kind !== 'in-flight') await tell(await certified(finding))
      })
      for await (const finding of uncertifiedFindings(engines.catalog)) {
        uncertified += 1
        await tell(finding)
      }
      return told
    }, options.list)
    const report = { ...seen, counts: { ...counts, uncertified } }
    const deletions: Record<string, Deletion> = {}
    if (options.isDeletingLeftovers) deletions['leftovers'] = await deleteLeftovers(world, certified)
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
