import { listHalts } from '@twinreel/catalog/retention-halts'
import type { RunReport } from '@twinreel/retention/run'
import { BRAKE_LIMITS } from '@twinreel/recording/brake'
import type { Before } from './judge-run.ts'
import { dueMs, isSurprising, type RecordingFact } from './reference.ts'
import type { Run } from './step.ts'
import type { World } from './world.ts'

export async function confirmedOrgs({ catalog }: World): Promise<string[]> {
  return (await listHalts(catalog.db)).flatMap(({ orgId, confirmed }) => (confirmed === null ? [] : [orgId]))
}

/** It halts for no organization of which little is due, and lets no crowd go that nothing explains and nobody confirmed. */
export function judgeBrake(
  { happened, claimed, claimedDueMs, brake, time, wrong }: World,
  step: Run,
  { report, started }: { report: RunReport; started: Before },
): void {
  if (step.during.length > 0) return
  const limit = brake ?? BRAKE_LIMITS.recordings
  for (const { orgId, dueCount } of report.haltedOrgs) {
    // It was judged somewhere between the run's beginning and its end, and time goes by meanwhile.
    const due = happened.recordings.filter((each) => each.orgId === orgId && !claimed.has(each.recordingId) && dueMs(happened, each) <= time.trueMs)
    // What went a short while ago, or was due when some of these are, counts with them.
    const before = happened.recordings.filter((each) => each.orgId === orgId && started.claimed.has(each.recordingId) && countsWith(each, due))
    if (started.errorMs === 0 && (due.length === 0 || due.length + before.length <= limit || dueCount > due.length))
      wrong.push(`${orgId} is halted for ${dueCount}; ${due.length} are due`)
  }
  function countsWith(each: RecordingFact, due: readonly RecordingFact[]): boolean {
    const isRecent = (claimed.get(each.recordingId) ?? 0) > started.trueMs - BRAKE_LIMITS.windowMs
    const eachMs = claimedDueMs.get(each.recordingId) ?? Infinity
    return isRecent || due.some((other) => Math.abs(eachMs - dueMs(happened, other)) < BRAKE_LIMITS.windowMs)
  }
  const gone = happened.recordings.filter((each) => claimed.has(each.recordingId) && !started.claimed.has(each.recordingId) && isSurprising(happened, each))
  for (const first of gone) {
    const { orgId } = first
    const crowd = gone.filter((each) => each.orgId === orgId && isSoonAfter(dueMs(happened, each), dueMs(happened, first)))
    const all = happened.recordings.filter((each: RecordingFact) => each.orgId === orgId && each.isOwnerKnown)
    if (crowd.length > limit && crowd.length > BRAKE_LIMITS.share * all.length && !started.confirmed.includes(orgId))
      wrong.push(`${crowd.length} of ${all.length} of ${orgId} went at once, which nothing explains`)
  }
}

function isSoonAfter(ms: number, firstMs: number): boolean {
  return ms >= firstMs && ms < firstMs + BRAKE_LIMITS.windowMs
}
