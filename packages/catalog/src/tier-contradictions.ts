import type { Catalog } from './open.ts'
import { isAttested, type ToldTier } from './tier-attestation.ts'

/** An account and the last row of its user's history that say different things of the tier: nothing of the user expires. */
export interface TierContradiction {
  userId: string
  orgId: string
  account: ToldTier
  /** `null`: there is no history. */
  history: ToldTier | null
}

/** By user id, after `afterUserId`; of one organization or one user alone, if said. Looks at every account that it is asked about. */
export async function tierContradictions(
  catalog: Catalog,
  asked: { orgId?: string; userId?: string; afterUserId?: string; limit: number },
): Promise<TierContradiction[]> {
  const { orgId, userId, afterUserId = '', limit } = asked
  const rows = await contradicted(catalog, { orgId, userId })
    .leftJoin('tier_history as h', (join) =>
      join.onRef('h.user_id', '=', 'a.user_id').on((eb) =>
        eb(
          'h.sequence',
          '=',
          eb
            .selectFrom('tier_history as newest')
            .select((of) => of.fn.max('newest.sequence').as('last'))
            .whereRef('newest.user_id', '=', 'a.user_id'),
        ),
      ),
    )
    .select(['a.user_id', 'a.org_id', 'a.tier', 'a.tier_since_ms', 'a.tier_change', 'h.tier as told_tier', 'h.from_ms', 'h.change_id'])
    .where('a.user_id', '>', afterUserId)
    .orderBy('a.user_id')
    .limit(limit)
    .execute()
  return rows.map((row) => ({
    userId: row.user_id,
    orgId: row.org_id,
    account: { tier: row.tier, sinceMs: row.tier_since_ms, changeId: row.tier_change },
    history: row.told_tier === null || row.from_ms === null ? null : { tier: row.told_tier, sinceMs: row.from_ms, changeId: row.change_id },
  }))
}

/** How many there are of each organization that has any, and the first of them. */
export async function tierContradictionsByOrg(
  catalog: Catalog,
  { orgId }: { orgId?: string } = {},
): Promise<{ orgId: string; users: number; firstUserId: string }[]> {
  const rows = await contradicted(catalog, { orgId, userId: undefined })
    .select(['a.org_id', ({ fn }) => fn.countAll().as('users'), ({ fn }) => fn.min('a.user_id').as('first_user_id')])
    .groupBy('a.org_id')
    .orderBy('a.org_id')
    .execute()
  return rows.map((row) => ({ orgId: row.org_id, users: Number(row.users), firstUserId: row.first_user_id }))
}

function contradicted({ db }: Catalog, { orgId, userId }: { orgId: string | undefined; userId: string | undefined }) {
  return db
    .selectFrom('accounts as a')
    .where((eb) => eb.not(isAttested))
    .$if(orgId !== undefined, (query) => query.where('a.org_id', '=', orgId ?? ''))
    .$if(userId !== undefined, (query) => query.where('a.user_id', '=', userId ?? ''))
}
