import { isUnusual, weigh, type BrakeLimits, type Weighed } from '@twinreel/recording/brake'
import { brakeFacts, recordingsUpTo, type OrgBrakeFacts } from './due-by-org.ts'
import type { Catalog } from './open.ts'

export interface WeighedOrg extends Weighed {
  /** The organization's recordings that are left, and those that went unexplained a short while ago; counted no further than it takes to see that it is a usual share, and 0 where the limit is not reached. */
  totalCount: number
  /** Nothing of it goes without somebody's confirmation. */
  isUnusual: boolean
}

/** Weighs what would go unexplained of an organization; what was due at `confirmedMs`, when somebody confirmed it, counts apart. */
export async function weighOrg(
  catalog: Catalog,
  orgId: string,
  { facts, limits, confirmedMs = null }: { facts: OrgBrakeFacts; limits: BrakeLimits; confirmedMs?: number | null },
): Promise<WeighedOrg> {
  const weighed = weigh(facts, limits, confirmedMs)
  const { heaviest } = weighed
  if (heaviest <= limits.recordings) return { ...weighed, totalCount: 0, isUnusual: false }
  const claimed = facts.claimed.reduce((sum, moment) => sum + moment.count, 0)
  const totalCount = claimed + (await recordingsUpTo(catalog, orgId, Math.ceil(heaviest / limits.share) + 1))
  return { ...weighed, totalCount, isUnusual: isUnusual(heaviest, totalCount, limits) }
}

/** The same as a run would find it at `nowMs`. */
export async function weighOrgAt(catalog: Catalog, orgId: string, { nowMs, limits }: { nowMs: number; limits: BrakeLimits }): Promise<WeighedOrg> {
  const caughtUp = await catalog.db.selectFrom('retention_orgs').select('caught_up_ms').where('org_id', '=', orgId).executeTakeFirst()
  const org = { orgId, caughtUpMs: caughtUp?.caught_up_ms ?? null }
  const facts = (await brakeFacts(catalog, [org], { nowMs, windowMs: limits.windowMs })).get(orgId)
  if (facts === undefined) throw new Error(`organization ${orgId} was not judged`)
  return weighOrg(catalog, orgId, { facts, limits })
}
