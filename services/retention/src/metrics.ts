import type { Catalog } from '@twinreel/catalog/open'
import { countHalted } from '@twinreel/catalog/retention-halts'
import type { Check } from '@twinreel/service/health'
import type { MetricRegistry, MetricSpecs } from '@twinreel/service/metrics'
import { keptBackAt, type KeptBack } from './kept-back.ts'
import { owedAt, type Owed } from './overdue.ts'
import type { RunReport } from './run.ts'

export const RETENTION_METRICS = {
  recordings: {
    type: 'counter',
    name: 'twinreel_retention_recordings_total',
    meaning:
      'Recordings by what a run did with them: `purged`; `kept`, what changed until the claim saved it; `failed`, the store refused, a later run tries again; `claim-lost`, the database has lost that they were claimed.',
    alarm:
      '`failed` rises for 10 minutes: look for object lock, or for rights that are missing; `claim-lost` at all: the database was failed over or restored, the log says what to do',
    labels: ['outcome'],
  },
  objects: { type: 'counter', name: 'twinreel_retention_objects_deleted_total', meaning: 'Objects deleted.', alarm: null, labels: [] },
  reappeared: {
    type: 'counter',
    name: 'twinreel_retention_objects_reappeared_total',
    meaning: 'Objects that were put where a recording had been purged, and deleted when that place was looked at again.',
    alarm: 'rises: a recorder was frozen in the middle of a put, or somebody else writes there',
    labels: [],
  },
  bytes: { type: 'counter', name: 'twinreel_retention_bytes_deleted_total', meaning: 'Bytes of recordings deleted.', alarm: null, labels: [] },
  runs: {
    type: 'counter',
    name: 'twinreel_retention_runs_total',
    meaning:
      'Runs: `done`; `skipped`, another worker was running; `halted`, the clock can’t be trusted, the catalog is being rebuilt, catalog and bucket don’t belong together, or the store lacks what the catalog keeps; `failed`, catalog or store did not answer.',
    alarm: '`halted` at all: nothing is deleted until the clock is right, and catalog and store are whole and the right ones',
    labels: ['outcome'],
  },
  lastRun: {
    type: 'gauge',
    name: 'twinreel_retention_last_run_timestamp_seconds',
    meaning: 'When the last run that was done ended, by the clock it judges by; one that was left to another worker counts.',
    alarm: 'more than 5 minutes ago',
    labels: [],
  },
  overdue: {
    type: 'gauge',
    name: 'twinreel_retention_oldest_overdue_seconds',
    meaning: 'For how long the oldest recording that is due has been due; 0 when none is, NaN while the catalog does not answer.',
    alarm: 'over 300: what was promised to be gone is not',
    labels: [],
  },
  missing: {
    type: 'gauge',
    name: 'twinreel_retention_missing_recordings',
    meaning: 'Recordings that were due in the last run and of which the store has nothing: neither deleted nor certified.',
    alarm: 'over 0: `twinreel reconcile` names them; something is not mounted, or objects are lost',
    labels: [],
  },
  waiting: {
    type: 'gauge',
    name: 'twinreel_retention_waiting_recordings',
    meaning: 'Recordings whose deletion the store has refused and that wait to be tried again, in the last run.',
    alarm: null,
    labels: [],
  },
  haltedOrgs: {
    type: 'gauge',
    name: 'twinreel_retention_halted_organizations',
    meaning: 'Organizations of which nothing is deleted, because unusually much would be and nothing explains it; NaN while the catalog does not answer.',
    alarm: 'over 0: look at `twinreel retention halts`',
    labels: [],
  },
  unknownTierOwners: {
    type: 'gauge',
    name: 'twinreel_retention_unknown_tier_owners',
    meaning:
      'Owners on Go by their accounts, with recordings that are old enough, of whom nothing goes because their tier histories say something else; NaN while the catalog does not answer.',
    alarm: 'over 0: somebody wrote past the commands; look at `twinreel tiers check`',
    labels: [],
  },
  holds: {
    type: 'gauge',
    name: 'twinreel_retention_legal_holds',
    meaning: 'Legal holds in force; NaN while the catalog does not answer.',
    alarm: null,
    labels: [],
  },
  heldDue: {
    type: 'gauge',
    name: 'twinreel_retention_held_due_recordings',
    meaning: 'Recordings that would be due if no legal hold kept them, 10,000 at most; NaN while the catalog does not answer.',
    alarm: null,
    labels: [],
  },
  inBin: {
    type: 'gauge',
    name: 'twinreel_retention_bin_recordings',
    meaning: 'Recordings whose deletion was asked for and not begun: they can still be restored; NaN while the catalog does not answer.',
    alarm: null,
    labels: [],
  },
} as const satisfies MetricSpecs

export interface RetentionWatch {
  /** For the schedule. */
  onReport(report: RunReport): void
  onFailure(error: unknown): void
  /** `clock`: it can be trusted; `halt`: catalog and store can; `run`: the last one did not fail. */
  checks: Readonly<Record<'clock' | 'halt' | 'run', Check>>
}

/** Counts what retention does and looks up what it owes, in a registry; and says whether it does its work. */
export function watchRetention({ catalog, registry }: { catalog: Catalog; registry: MetricRegistry }): RetentionWatch {
  const metrics = registry.declare(RETENTION_METRICS)
  for (const outcome of ['purged', 'kept', 'failed']) metrics.recordings.add(0, { outcome })
  for (const outcome of ['done', 'skipped', 'halted', 'failed']) metrics.runs.add(0, { outcome })
  let halted: Pick<RunReport, 'halted' | 'haltedWhy'> = { halted: null, haltedWhy: null }
  let failedWhy: string | null = null
  const { overdue, unknownTierOwners, holds, heldDue, inBin } = metrics
  registry.onScrape(async () => {
    metrics.haltedOrgs.set(Number.NaN)
    metrics.haltedOrgs.set(await countHalted(catalog).catch(() => Number.NaN))
    // Until the catalog has answered: a number of before would look like one of now.
    for (const gauge of [overdue, unknownTierOwners, holds, heldDue, inBin]) gauge.set(Number.NaN)
    const looked = await lookUp(catalog).catch(() => null)
    if (looked === null) return
    overdue.set(looked.oldestOverdueMs / 1_000)
    unknownTierOwners.set(looked.unknownTierOwners)
    holds.set(looked.holds)
    heldDue.set(looked.heldDue)
    inBin.set(looked.inBin)
  })
  return {
    onReport(report) {
      halted = report
      failedWhy = null
      metrics.runs.add(1, { outcome: outcomeOf(report) })
      if (report.halted === null) metrics.lastRun.set(report.nowMs / 1_000)
      metrics.missing.set(report.missing.length)
      metrics.waiting.set(report.waiting)
      metrics.recordings.add(report.purged, { outcome: 'purged' })
      metrics.recordings.add(report.kept.length + report.unnamed.kept, { outcome: 'kept' })
      metrics.recordings.add(new Set(report.failed.map(({ recordingId }) => recordingId)).size + report.unnamed.failed, { outcome: 'failed' })
      metrics.recordings.add(report.lostClaims.length, { outcome: 'claim-lost' })
      metrics.objects.add(report.objects)
      metrics.reappeared.add(report.reappeared)
      metrics.bytes.add(report.sizeBytes)
    },
    onFailure(error) {
      failedWhy = error instanceof Error ? error.message : String(error)
      metrics.runs.add(1, { outcome: 'failed' })
    },
    checks: {
      clock: () => (halted.halted === 'clock-jump' ? halted.haltedWhy : null),
      halt: () => (halted.halted === 'clock-jump' ? null : halted.haltedWhy),
      run: () => (failedWhy === null ? null : `the last run failed: ${failedWhy}`),
    },
  }
}

function outcomeOf({ halted, otherWorker }: RunReport): 'done' | 'skipped' | 'halted' {
  if (halted !== null) return 'halted'
  return otherWorker === null ? 'done' : 'skipped'
}

async function lookUp(catalog: Catalog): Promise<Owed & KeptBack> {
  const nowMs = await catalog.nowMs()
  return { ...(await owedAt(catalog, nowMs)), ...(await keptBackAt(catalog, nowMs)) }
}
