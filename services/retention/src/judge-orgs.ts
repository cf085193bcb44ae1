import { brakeFacts, recordingsUpTo, type DueOrg, type OrgBrakeFacts } from '@twinreel/catalog/due-by-org'
import { UNEXPLAINED, claimedByCause, takenKey, type Allowance } from '@twinreel/catalog/claim-allowance'
import type { Catalog } from '@twinreel/catalog/open'
import { liftHalt, listHalts, putHalt, type RetentionHalt } from '@twinreel/catalog/retention-halts'
import { isUnusual, weigh, type BrakeLimits } from '@twinreel/recording/brake'

/** Nothing of it is deleted until somebody confirms so many recordings, or they are not due any more. */
export interface HaltedOrg {
  orgId: string
  dueCount: number
  totalCount: number
}

/** An organization of which a run may claim. */
export interface ClearedOrg {
  orgId: string
  count: number
  allowance: Omit<Allowance, 'room'>
}

export interface JudgedOrgs {
  cleared: readonly ClearedOrg[]
  halted: readonly HaltedOrg[]
}

/** Judges the organizations of which something is due, before anything of them is claimed: halts one, lifts its halt, or says what may be claimed. */
export async function judgeOrgs(catalog: Catalog, due: readonly DueOrg[], { nowMs, limits }: { nowMs: number; limits: BrakeLimits }): Promise<JudgedOrgs> {
  const questionable = due.filter((org) => org.isQuestionable)
  const facts = await brakeFacts(catalog, questionable, { nowMs, windowMs: limits.windowMs })
  const halts = new Map((await listHalts(catalog.db)).map((halt) => [halt.orgId, halt]))
  const judged = { cleared: [] as ClearedOrg[], halted: [] as HaltedOrg[] }
  for (const org of due) {
    const verdict = await judge(catalog, org, { facts: facts.get(org.orgId) ?? null, halt: halts.get(org.orgId) ?? null, limits })
    if (verdict.kind === 'halted') judged.halted.push(verdict.org)
    else judged.cleared.push(verdict.org)
    halts.delete(org.orgId)
  }
  // Nothing of these is due any more.
  for (const { haltId } of halts.values()) await liftHalt(catalog, haltId)
  return judged
}

type Verdict = { kind: 'halted'; org: HaltedOrg } | { kind: 'cleared'; org: ClearedOrg }

async function judge(
  catalog: Catalog,
  { orgId, count, caughtUpMs }: DueOrg,
  { facts, halt, limits }: { facts: OrgBrakeFacts | null; halt: RetentionHalt | null; limits: BrakeLimits },
): Promise<Verdict> {
  const cleared = (haltId: string | null, ceilings: readonly (readonly [string, number])[]): Verdict => {
    const all = new Map([...(facts?.confirmed ?? []), ...ceilings])
    return { kind: 'cleared', org: { orgId, count, allowance: { caughtUpMs, haltId, ceilings: all } } }
  }
  const { unexplained, heaviest } = facts === null ? { unexplained: 0, heaviest: 0 } : weigh(facts, limits)
  if (halt !== null && halt.confirmed !== null && unexplained > 0 && !(await isSpent(catalog, halt)))
    return cleared(halt.haltId, [[halt.haltId, halt.confirmed.count]])
  const totalCount = heaviest > limits.recordings ? await total(catalog, orgId, { facts, heaviest, limits }) : 0
  if (heaviest > limits.recordings && isUnusual(heaviest, totalCount, limits)) {
    // What was confirmed has gone; this is more.
    if (halt !== null && halt.confirmed !== null) await liftHalt(catalog, halt.haltId)
    const org = { orgId, dueCount: unexplained, totalCount }
    await putHalt(catalog, org)
    return { kind: 'halted', org }
  }
  if (halt !== null) await liftHalt(catalog, halt.haltId)
  return cleared(null, unexplained === 0 || facts === null ? [] : [[UNEXPLAINED, facts.unexplainedBefore + unexplained]])
}

/** Counted no further than it takes to see that it is a usual share. */
async function total(
  catalog: Catalog,
  orgId: string,
  { facts, heaviest, limits }: { facts: OrgBrakeFacts | null; heaviest: number; limits: BrakeLimits },
): Promise<number> {
  const claimed = (facts?.claimed ?? []).reduce((sum, moment) => sum + moment.count, 0)
  return claimed + (await recordingsUpTo(catalog, orgId, Math.ceil(heaviest / limits.share) + 1))
}

/** Whether as many recordings have been claimed under a confirmed halt as were confirmed. */
async function isSpent({ db }: Catalog, { orgId, haltId, confirmed }: RetentionHalt): Promise<boolean> {
  if (confirmed === null) return false
  return ((await claimedByCause(db, [orgId], [haltId])).get(takenKey(orgId, haltId)) ?? 0) >= confirmed.count
}

/** Lifts halts of which all that was confirmed has been claimed. */
export async function liftSpent(catalog: Catalog): Promise<void> {
  for (const halt of await listHalts(catalog.db)) if (await isSpent(catalog, halt)) await liftHalt(catalog, halt.haltId)
}
