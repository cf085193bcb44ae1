import type { Transaction } from 'kysely'
import { z } from 'zod'
import { TIERS, type Tier } from '@twinreel/recording/retention'
import { inTurn } from '../dialect.ts'
import type { Catalog } from '../open.ts'
import type { Tables } from '../tables.ts'
import { attestedTier } from '../tier-attestation.ts'
import { AccountError, checked } from './account-error.ts'
import { refuseClockBehind } from './clock-behind.ts'
import { checkedBecause, lockUser, nextInHistory, type Because } from './change.ts'
import { unlessRebuilding } from '../journal/rebuilding.ts'

/**
 * Moves a user's account to a tier. Retention counts from when the tier changed, so choosing the tier it has already changes nothing; where account and
 * history say different things it has none, and this decides.
 * What was claimed for deletion before this commits goes; everything else follows the new tier. Throws an `AccountError` for who has no account, and
 * `clock-behind` when the catalog's clock can't date a move to the free tier.
 */
export async function changeTier(catalog: Catalog, input: Because & { userId: string; tier: Tier }): Promise<void> {
  const because = checkedBecause(input)
  const tier = checked(z.enum(TIERS), input.tier, 'invalid-input', 'tier')
  await unlessRebuilding(catalog, async (tx) => {
    await lockUser(catalog, tx, input.userId)
    // A claim for deletion reads the tier in the same turn, so one of the two sees the other.
    await inTurn(catalog.dialect, tx, 'owner', [input.userId])
    const account = await tx.selectFrom('accounts as a').select(attestedTier.as('tier')).where('user_id', '=', input.userId).executeTakeFirst()
    if (account === undefined) throw new AccountError('no-account', `user ${input.userId} has no recording account; switch recording on first`, 'userId')
    if (account.tier === tier) return
    const nowMs = await catalog.nowMs(tx)
    if (tier === 'go') await refuseClockBehind(tx, nowMs)
    const sinceMs = await recordTier(tx, input.userId, tier, nowMs, because)
    await tx.updateTable('accounts').set({ tier, tier_since_ms: sinceMs, tier_change: null }).where('user_id', '=', input.userId).execute()
  })
}

/** Returns from when the tier counts. */
export async function recordTier(tx: Transaction<Tables>, userId: string, tier: Tier, nowMs: number, because: Because): Promise<number> {
  const last = await tx
    .selectFrom('tier_history')
    .select(['sequence', 'from_ms'])
    .where('user_id', '=', userId)
    .orderBy('sequence', 'desc')
    .limit(1)
    .executeTakeFirst()
  const place = nextInHistory(last, nowMs)
  await tx
    .insertInto('tier_history')
    .values({ user_id: userId, ...place, tier, change_id: null, ...because })
    .execute()
  return place.from_ms
}
