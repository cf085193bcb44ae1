import { brakeFacts, type DueOrg, type OrgBrakeFacts } from '@twinreel/catalog/due-by-org'
import { UNEXPLAINED, claimedByCause, takenKey, type Allowance } from '@twinreel/catalog/claim-allowance'
import type { Catalog } from '@twinreel/catalog/open'
import { liftHalt, listHalts, putHalt, type RetentionHalt } from '@twinreel/catalog/retention-halts'
import { weighOrg, type WeighedOrg } from '@twinreel/catalog/weigh-org'
import type { BrakeLimits } from '@twinreel/recording/brake'

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
  const cleared = (confirmed: Allowance['confirmed'], ceilings: readonly (readonly [string, number])[]): Verdict => {
    const all = new Map([...(facts?.confirmed ?? []), ...ceilings])
    return { kind: 'cleared', org: { orgId, count, allowance: { caughtUpMs, confirmed, ceilings: all } } }
  }
  const unexplained = (weighed: WeighedOrg | null): [string, number][] =>
    weighed === null || weighed.unexplained === 0 || weighed.isUnusual ? [] : [[UNEXPLAINED, (facts?.unexplainedBefore ?? 0) + weighed.unexplained]]
  if (halt !== null && halt.confirmed !== null) {
    const { haltId, confirmed } = halt
    const since = facts === null ? null : await weighOrg(catalog, orgId, { facts, limits, confirmedMs: confirmed.atMs })
    // What is unusual of what became due since waits until what was confirmed has gone, and halts then.
    if (since !== null && (await holds(catalog, halt, { caughtUpMs, waiting: since.confirmed })))
      return cleared({ haltId, atMs: confirmed.atMs }, [[haltId, confirmed.count], ...unexplained(since)])
    await liftHalt(catalog, haltId)
  }
  const weighed = facts === null ? null : await weighOrg(catalog, orgId, { facts, limits })
  if (weighed?.isUnusual === true) {
    const org = { orgId, dueCount: weighed.unexplained, totalCount: weighed.totalCount }
    await putHalt(catalog, org)
    return { kind: 'halted', org }
  }
  if (halt !== null && halt.confirmed === null) await liftHalt(catalog, halt.haltId)
  return cleared(null, unexplained(weighed))
}

/**
 * Whether a confirmation still stands for recordings that wait. Not when the organization has been caught up since: then what it named has gone. Nor when more was due
 * by then than was counted, because something was dated back or a hold was released: nobody could tell those that were looked at from the others.
 */
async function holds(catalog: Catalog, halt: RetentionHalt, { caughtUpMs, waiting }: { caughtUpMs: number | null; waiting: number }): Promise<boolean> {
  const { confirmed } = halt
  if (confirmed === null || waiting === 0 || (caughtUpMs !== null && caughtUpMs > confirmed.atMs)) return false
  return (await takenUnder(catalog, halt)) + waiting <= confirmed.count
}

async function takenUnder({ db }: Catalog, { orgId, haltId }: RetentionHalt): Promise<number> {
  return (await claimedByCause(db, [orgId], [haltId])).get(takenKey(orgId, haltId)) ?? 0
}

/** Lifts halts of which all that was confirmed has been claimed. */
export async function liftSpent(catalog: Catalog): Promise<void> {
  for (const halt of await listHalts(catalog.db))
    if (halt.confirmed !== null && (await takenUnder(catalog, halt)) >= halt.confirmed.count) await liftHalt(catalog, halt.haltId)
}
