import type { Logger } from '@twinreel/service/log'
import type { RunReport } from './run-options.ts'

const HALTED: Readonly<Record<NonNullable<RunReport['halted']>, string>> = {
  'clock-jump': 'retention halted: the clock can’t be trusted',
  'catalog-rebuilding': 'retention halted: the catalog is being rebuilt',
  'wrong-catalog': 'retention halted: catalog and bucket don’t belong together',
  'wrong-store': 'retention halted: the store lacks what the catalog keeps',
}

/** Tells the log what a run did, and loudly what it did not. */
export function tellRun(log: Logger, report: RunReport, durationMs: number): void {
  const { halted, haltedWhy, haltedOrgs, unknownTiers, otherWorker, kept, missing, failed, unnamed, resumed, claimed, purged, objects, sizeBytes, reappeared } =
    report
  const counts = {
    resumed,
    claimed,
    purged,
    kept: kept.length + unnamed.kept,
    failed: failed.length + unnamed.failed,
    objects,
    sizeBytes,
    reappeared,
    durationMs,
  }
  for (const { recordingId, key, error, advice } of failed) log.warn({ recordingId, key, error, reason: advice }, 'object not deleted, a later run tries again')
  for (const { orgId, dueCount, totalCount } of haltedOrgs)
    log.error(
      { orgId, halted: 'organization', count: dueCount, total: totalCount },
      'retention halted for an organization: unusually much would be deleted and nothing explains it; `twinreel retention halts` says what to do',
    )
  for (const { orgId, owners, recordings } of unknownTiers)
    log.error(
      { orgId, count: owners, recordings },
      'recordings kept: the tier of their owners is unknown, because accounts say something else than tier histories; `twinreel tiers check` says whose and what to do',
    )
  if (missing.length > 0)
    log.error(
      { recordingId: missing[0] ?? null, count: missing.length },
      'recordings are due of which the store has nothing, this one first: not deleted, not certified; `twinreel reconcile` names them',
    )
  if (halted !== null) log.error({ halted, error: haltedWhy, ...counts }, HALTED[halted])
  else if (otherWorker !== null && claimed > 0) log.warn({ node: otherWorker.holder, ...counts }, 'retention stopped: another worker has taken over')
  else if (otherWorker !== null) log.debug({ node: otherWorker.holder }, 'retention skipped: another worker runs it')
  else if (resumed + claimed + kept.length + reappeared > 0) log.info(counts, 'retention run')
  else log.debug(counts, 'retention run')
}
