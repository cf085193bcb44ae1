import type { AdminAct, Claim, Evidence, RetentionRun, Violation } from '../world/evidence.ts'
import { ackedBefore, dueMs, fatesOf, isBusy, standingOf, type Fate } from './fates.ts'

const CLOCK_MS = 3_600_000
/** What falls due within so long of each other counts together. */
const WINDOW_MS = 24 * 3_600_000

/**
 * A run that halts for an organization says so, deletes nothing of it, and has a reason: more is due than its limit which neither somebody asked for nor a confirmed
 * plan explains. A run that does not halt takes no crowd of what was moved without a plan, unless somebody confirmed it.
 */
export function checkBrake(evidence: Evidence): Violation[] {
  const { acts, claims, runs } = evidence
  const fates = fatesOf(evidence)
  const wrong: string[] = []
  for (const run of runs) {
    if (run.report === null) continue
    const { report, startedMs, endedMs, limits } = run
    const isAlone = !runs.some((other) => other !== run && other.startedMs <= endedMs && other.endedMs >= startedMs)
    const before = ackedBefore(acts, startedMs)
    const taken = claims.filter(({ atMs }) => isAlone && atMs >= startedMs && atMs <= endedMs)
    for (const { orgId, dueCount } of report.haltedOrgs) {
      const own = taken.filter(({ recordingId }) => fates.get(recordingId)?.orgId === orgId)
      if (own.length > 0) wrong.push(`${run.name} halted for ${orgId} and claimed ${own.length} recordings of it, ${own[0]?.recordingId} first`)
      if (!isTold(evidence, run, orgId)) wrong.push(`${run.name} halted for ${orgId} and no line of its log says so`)
      if (isBusy(acts, run)) continue
      const most = mostUnexplained(
        [...fates.values()].filter((fate) => fate.orgId === orgId),
        before,
        { claims, startedMs, endedMs },
      )
      if (most <= limits.recordings) wrong.push(`${run.name} halted for ${orgId}, ${dueCount} recordings, of which nothing explains ${most}`)
    }
    if (isBusy(acts, run)) continue
    for (const [orgId, crowd] of Map.groupBy(
      taken.flatMap(({ recordingId }) => fates.get(recordingId) ?? []).filter((fate) => isMovedAlone(fate, before)),
      (fate) => fate.orgId,
    )) {
      const all = [...fates.values()].filter((fate) => fate.orgId === orgId).length
      const isConfirmed = before.some(({ act }) => act.kind === 'confirm' && act.orgId === orgId)
      const most = mostAtOnce(crowd.map((fate) => dueMs(fate, before)))
      if (!isConfirmed && most > limits.recordings && most > limits.share * all)
        wrong.push(`${run.name} claimed ${most} of ${all} recordings of ${orgId} at once, whose owners were moved without a plan`)
    }
  }
  return wrong.map((message) => ({ check: 'brake', message }))
}

function isTold({ logLines }: Evidence, run: RetentionRun, orgId: string): boolean {
  return logLines.some(({ process, level, fields }) => process === run.name && level === 'error' && fields.orgId === orgId && fields.halted === 'organization')
}

/** How many recordings of an organization may be due without an explanation, or have gone so a while ago: more than that can't be what it halted for. */
function mostUnexplained(
  fates: readonly Fate[],
  before: readonly AdminAct[],
  { claims, startedMs, endedMs }: { claims: readonly Claim[]; startedMs: number; endedMs: number },
): number {
  const goneMs = new Map(claims.map(({ recordingId, atMs }) => [recordingId, atMs]))
  const isGone = ({ recordingId }: Fate): boolean => (goneMs.get(recordingId) ?? Infinity) < startedMs
  const due = fates.filter((fate) => !isGone(fate) && dueMs(fate, before) <= endedMs + CLOCK_MS && !isAsked(fate, before))
  const byPlan = Map.groupBy(due, (fate) => planOf(fate, before))
  let most = byPlan.get(null)?.length ?? 0
  for (const [plan, waiting] of byPlan) {
    if (plan === null) continue
    // It names those that became due by it; what was held or in the bin then was not among them.
    const then = before.slice(0, before.indexOf(plan))
    const moved = fates.filter((fate) => planOf(fate, before) === plan)
    const named = moved.filter(
      (fate) => dueMs(fate, then) === Infinity && !standingOf(fate, then).isHeld && (goneMs.get(fate.recordingId) ?? Infinity) > plan.startedMs,
    )
    most += Math.max(0, waiting.length - Math.max(0, named.length - moved.filter(isGone).length))
  }
  const recent = fates.filter((fate) => {
    const atMs = goneMs.get(fate.recordingId) ?? Infinity
    const isNear = due.some((other) => Math.abs(dueMs(fate, before) - dueMs(other, before)) < WINDOW_MS + CLOCK_MS)
    return isGone(fate) && !isAsked(fate, before) && (atMs > startedMs - WINDOW_MS - CLOCK_MS || isNear)
  })
  return most + recent.length
}

function isAsked(fate: Fate, acts: readonly AdminAct[]): boolean {
  const { askedMs } = standingOf(fate, acts)
  return !fate.isKept || (askedMs !== null && dueMs(fate, acts) === Math.max(fate.endedMs, askedMs))
}

/** The confirmed plan that made its owner free, after it had ended. */
function planOf(fate: Fate, acts: readonly AdminAct[]): AdminAct | null {
  const { tier } = standingOf(fate, acts)
  return tier.name === 'go' && tier.by?.act.kind === 'planned' && fate.endedMs < tier.sinceMs ? tier.by : null
}

/** Its owner became free after it had ended, and nobody planned that; nor did anybody ask for its deletion. */
function isMovedAlone(fate: Fate, acts: readonly AdminAct[]): boolean {
  const { tier } = standingOf(fate, acts)
  return !isAsked(fate, acts) && tier.name === 'go' && tier.by?.act.kind === 'tier' && fate.endedMs < tier.by.startedMs
}

/** The most of these moments that lie within one window. */
function mostAtOnce(momentsMs: readonly number[]): number {
  const counts = momentsMs.map((firstMs) => momentsMs.filter((ms) => ms >= firstMs && ms < firstMs + WINDOW_MS).length)
  return Math.max(0, ...counts)
}
