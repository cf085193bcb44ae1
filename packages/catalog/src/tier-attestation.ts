import { sql, type RawBuilder } from 'kysely'

/** What an account, or the last row of its user's history, says of the tier. */
export interface ToldTier {
  tier: string
  sinceMs: number
  /** The move of many users that it was a part of. */
  changeId: string | null
}

/** Instead of a tier that the account's history contradicts; no tier is called so. */
export const UNKNOWN_TIER = 'unknown'

/**
 * Whether the account `a` says what the last row of its user's tier history says. Whoever changes a tier writes both in one transaction, so a row
 * that was written past the commands is told by the other one: the tier counts as unknown then, whatever either says. One look into an index, as a subquery that no
 * planner makes a join of; it reads both in one statement, so that a change that is committed meanwhile is seen whole or not at all.
 */
export const isAttested: RawBuilder<boolean> = sql<boolean>`coalesce((a.tier, a.tier_since_ms, coalesce(a.tier_change, '')) = (
  select told.tier, told.from_ms, coalesce(told.change_id, '') from tier_history as told where told.user_id = a.user_id order by told.sequence desc limit 1
), false)`

/** The account's tier where it is attested. */
export const attestedTier: RawBuilder<string> = sql<string>`case when ${isAttested} then a.tier else ${sql.lit(UNKNOWN_TIER)} end`

/** The same question of two that have been read. */
export function isSameTier(account: ToldTier, history: ToldTier | null): boolean {
  return history !== null && account.tier === history.tier && account.sinceMs === history.sinceMs && account.changeId === history.changeId
}
