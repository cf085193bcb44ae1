import { retentionWatermark } from '@twinreel/catalog/retention-clock'
import { LEASE_MS } from '@twinreel/catalog/retention-lease'
import type { RunReport } from '@twinreel/retention/run'
import { judgeBrake } from './judge-brake.ts'
import { dueMs } from './reference.ts'
import type { Run } from './step.ts'
import type { World } from './world.ts'
import type { RunOutcome } from './worker.ts'

const MINUTE_MS = 60_000

export interface Before {
  trueMs: number
  errorMs: number
  claimed: ReadonlySet<string>
  purged: number
  /** Organizations whose halt somebody has confirmed. */
  confirmed: readonly string[]
}

/** Why the run that comes must halt at once; `null` when it must not. */
export async function expectedHalt({ catalog, time, hasWitness, worker }: World): Promise<string | null> {
  if (worker.guard.trusted !== null && worker.trustedErrorMs !== time.errorMs) return 'the clock has jumped since the worker began'
  if (hasWitness && time.errorMs !== 0) return 'the worker’s own clock says otherwise'
  const lastMs = await retentionWatermark(catalog)
  return lastMs !== null && time.trueMs + time.errorMs < lastMs - MINUTE_MS ? 'the last run was later by this clock' : null
}

/** Whether it halted when it must, took what was due, and told what it did. */
export function judgeRun(world: World, step: Run, { started, halt, outcome }: { started: Before; halt: string | null; outcome: RunOutcome }): void {
  const { claimed, purged, seen, wrong } = world
  const isClockSet = step.during.some(({ act }) => act.kind === 'clock')
  const newlyClaimed = claimed.size - started.claimed.size
  const newlyPurged = purged.size - started.purged
  if (halt !== null && !isClockSet && newlyClaimed + newlyPurged > 0) wrong.push(`a run claimed ${newlyClaimed} and purged ${newlyPurged}, though ${halt}`)
  if (newlyPurged > 0) seen.add('purged')
  switch (outcome.kind) {
    case 'killed':
      if (claimed.size > purged.size) seen.add('killed between claim and certification')
      return
    case 'failed':
      wrong.push(`a run failed: ${outcome.error instanceof Error ? outcome.error.stack : String(outcome.error)}`)
      return
    case 'done':
  }
  const { report } = outcome
  if (!isClockSet && (halt !== null) !== (report.halted === 'clock-jump'))
    wrong.push(`a run says halted: ${report.haltedWhy ?? 'no'}; ${halt ?? 'the clock is right'}`)
  if (report.claimed !== newlyClaimed) wrong.push(`a run says that it claimed ${report.claimed}; it was ${newlyClaimed}`)
  if (report.purged !== newlyPurged) wrong.push(`a run says that it purged ${report.purged}; it was ${newlyPurged}`)
  look(world, report, halt)
  judgeBrake(world, step, { report, started })
  if (report.otherWorker !== null && started.trueMs >= world.killedMs + LEASE_MS)
    wrong.push(`a run left it to ${report.otherWorker.holder}, which is dead for long`)
  const isWhole = report.halted === null && report.otherWorker === null && !report.more && report.failed.length === 0
  if (isWhole && started.errorMs === 0 && !isClockSet) judgeRest(world, report, started)
}

/** Nothing of what was due when the run began, and was due all the while, is left. */
function judgeRest({ happened, claimed, purged, touched, wrong }: World, { waiting, haltedOrgs }: RunReport, started: Before): void {
  let claimedStill = 0
  const halted = new Set(haltedOrgs.map(({ orgId }) => orgId))
  for (const recording of happened.recordings) {
    const { recordingId } = recording
    if (purged.has(recordingId)) continue
    const due = dueMs(happened, recording)
    if (claimed.has(recordingId)) claimedStill += 1
    else if (due <= started.trueMs && !touched.has(recordingId) && !halted.has(recording.orgId))
      wrong.push(`${recordingId} was due at ${new Date(due).toISOString()}, and the run did not take it`)
  }
  // What the store refused waits for its time.
  if (claimedStill !== waiting) wrong.push(`${claimedStill} are claimed and not purged, and the run says that ${waiting} wait`)
}

function look({ worker, seen }: World, report: RunReport, halt: string | null): void {
  if (halt !== null) seen.add('halted')
  if (halt === null && report.halted !== null) seen.add('halted in the middle of a run')
  if (report.halted === null && worker.hasHalted) seen.add('went on when the clock was right again')
  worker.hasHalted = report.halted !== null
  if (report.otherWorker !== null) seen.add('left it to another worker')
  if (report.haltedOrgs.length > 0) seen.add('halted for an organization')
  if (report.resumed > 0) seen.add('finished what was claimed before')
  if (report.failed.length > 0) seen.add('store failed')
  if (report.more) seen.add('more was due than a run takes')
  if (report.kept.some(({ why }) => why !== 'already-claimed')) seen.add('changed between look and claim')
}
