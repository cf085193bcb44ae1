import { rebuildingSince, CatalogRebuildingError } from '@twinreel/catalog/journal/rebuilding'
import type { ListedObject } from '@twinreel/object-store/port'
import { noCounts, type Counts, type Finding } from './finding.ts'
import { merged, namedObjects, storedObjects, type NamedObject } from './streams.ts'
import { objectSuspect, pairSuspect, rowSuspect, type ReconcileWorld } from './suspects.ts'

export interface ReconcileOptions extends Omit<ReconcileWorld, 'sinceMs'> {
  /** Since when objects may lie in the store whose rows are not committed. Asked before anything is listed: what comes later counts as under way. */
  uncommittedSinceMs(): Promise<number>
  /** Read and hash every object. */
  isDeep: boolean
  /** Objects and rows seen so far. */
  progress?(seen: number): void
}

export interface ReconcileReport {
  objects: number
  /** Rows that name an object; those of recordings that are deleted, too. */
  rows: number
  /** Objects of whose recordings the catalog knows, and of whose it does not. */
  knownObjects: number
  counts: Counts
}

/**
 * Lists the store and the catalog side by side in the order of keys and tells where they differ, a page of each in memory. Each suspect is looked at again on its own
 * before it is told, so this may run beside recorders and retention. Changes nothing. Throws `CatalogRebuildingError` while the catalog is being restored.
 */
export async function reconcile(options: ReconcileOptions, tell: (finding: Finding) => Promise<void>): Promise<ReconcileReport> {
  const { catalog, store, isDeep, progress } = options
  const rebuilding = await rebuildingSince(catalog.db)
  if (rebuilding !== null) throw new CatalogRebuildingError(rebuilding)
  const world: ReconcileWorld = { ...options, sinceMs: await options.uncommittedSinceMs() }
  const report: ReconcileReport = { objects: 0, rows: 0, knownObjects: 0, counts: noCounts() }
  for await (const [object, row] of merged(storedObjects(store), namedObjects(catalog))) {
    report.objects += object === null ? 0 : 1
    report.rows += row === null ? 0 : 1
    report.knownObjects += object !== null && row !== null ? 1 : 0
    progress?.(report.objects + report.rows)
    const finding = await suspect(world, object, row, isDeep)
    if (finding === null) continue
    report.counts[finding.kind] += 1
    await tell(finding)
  }
  return report
}

async function suspect(world: ReconcileWorld, object: ListedObject | null, row: NamedObject | null, isDeep: boolean): Promise<Finding | null> {
  if (object !== null && row !== null) return pairSuspect(world, object, row, isDeep)
  if (object !== null) return objectSuspect(world, object)
  return row === null || row.isGoing ? null : rowSuspect(world, row)
}
