import { sql } from 'kysely'
import type { Catalog } from '../open.ts'
import { BECAUSE } from './setup.ts'

interface WrittenTier {
  tier: string
  sinceMs: number
  changeId?: string | null
}

/**
 * As if everybody whose account `whose` lets through had come to a tier then, or they alone: the account says so, and one more row of the history. Unlike the commands it takes any
 * tier, any time and any change, and an account without a user.
 */
export async function writeTier(
  { db }: Catalog,
  { tier, sinceMs, changeId = null }: WrittenTier,
  whose: { orgId?: string; userIds?: readonly string[] } = {},
): Promise<void> {
  const { orgId, userIds } = whose
  const asked = sql`${orgId === undefined ? sql`true` : sql`org_id = ${orgId}`} and ${userIds === undefined ? sql`true` : sql`user_id in (${sql.join(userIds)})`}`
  await db.transaction().execute(async (tx) => {
    await sql`insert into tier_history (user_id, sequence, from_ms, tier, change_id, actor, reason)
      select a.user_id, (select coalesce(max(h.sequence), 0) + 1 from tier_history h where h.user_id = a.user_id),
        ${sql.lit(sinceMs)}, ${sql.lit(tier)}, ${changeId === null ? sql`null` : sql.lit(changeId)}, ${sql.lit(BECAUSE.actor)}, ${sql.lit(BECAUSE.reason)}
      from accounts a where ${asked}`.execute(tx)
    await sql`update accounts set tier = ${tier}, tier_since_ms = ${sinceMs}, tier_change = ${changeId} where ${asked}`.execute(tx)
  })
}
