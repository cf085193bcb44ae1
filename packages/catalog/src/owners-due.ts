import { sql, type ExpressionBuilder } from 'kysely'
import { GO_RETENTION_MS } from '@twinreel/recording/retention'
import { accountHeld, expiredOf } from './due.ts'
import type { Catalog } from './open.ts'
import type { AccountRow, Tables } from './tables.ts'
import { isAttested } from './tier-attestation.ts'

/** An owner for whose oldest recording, that is neither claimed nor held, the free tier's time is over. */
export interface OwnerDue {
  userId: string
  orgId: string
  /** The account says what the last row of its history says. */
  isAttested: boolean
  /** That recording ended before its owner was on this tier, or was due when the organization was caught up: others of his may too, if it does. */
  isQuestionable: boolean
}

const OWNERS_AT_ONCE = 500
/** Few, so that a database that compiles what looks expensive does not compile this, which costs more than to run it. */
const COUNTED_AT_ONCE = 64

/** Owners of whom something expired, in pages. It costs one look into an index for each free account: paid tiers' recordings are never read. */
export async function* ownersDue({ db }: Catalog, { nowMs, orgIds = null }: { nowMs: number; orgIds?: readonly string[] | null }): AsyncGenerator<OwnerDue[]> {
  const cutoffMs = nowMs - GO_RETENTION_MS
  for (let afterId = ''; ;) {
    const rows = await db
      .selectFrom((of) =>
        of
          .selectFrom('accounts as a')
          .select(['a.user_id', 'a.org_id', 'a.tier', 'a.tier_since_ms', 'a.tier_change'])
          .select((eb) => oldestExpired(eb, cutoffMs).as('oldest_ms'))
          .where('a.tier', '=', 'go')
          .where('a.tier_since_ms', '<=', cutoffMs)
          .where('a.user_id', '>', afterId)
          .$if(orgIds !== null, (query) => query.where('a.org_id', 'in', orgIds ?? []))
          .where((eb) => eb.not(eb.exists(accountHeld(eb))))
          .where((eb) => eb(oldestExpired(eb, cutoffMs), 'is not', null))
          .orderBy('a.user_id')
          .limit(OWNERS_AT_ONCE)
          .as('a'),
      )
      .leftJoin('retention_orgs as c', 'c.org_id', 'a.org_id')
      .select(['a.user_id', 'a.org_id', 'a.oldest_ms', 'a.tier_since_ms', 'c.caught_up_ms', sql<boolean | number>`${isAttested}`.as('attested')])
      .orderBy('a.user_id')
      .execute()
    const last = rows.at(-1)
    if (last === undefined) return
    yield rows.map(({ user_id: userId, org_id: orgId, oldest_ms, tier_since_ms, caught_up_ms, attested }) => ({
      userId,
      orgId,
      // SQLite says 1 or 0.
      isAttested: Boolean(attested),
      isQuestionable: oldest_ms !== null && (oldest_ms < tier_since_ms || (caught_up_ms !== null && oldest_ms + GO_RETENTION_MS <= caught_up_ms)),
    }))
    if (rows.length < OWNERS_AT_ONCE) return
    afterId = last.user_id
  }
}

/** How many recordings of each of these owners expired, in runs of some of them; more than `countUpTo` of one owner are not counted. `isWanted` is asked of each before it is counted. */
export async function* expiredOfOwners(
  { db }: Catalog,
  owners: readonly OwnerDue[],
  { nowMs, countUpTo, isWanted }: { nowMs: number; countUpTo: number; isWanted(owner: OwnerDue): boolean },
): AsyncGenerator<{ owner: OwnerDue; count: number }[]> {
  const cutoffMs = nowMs - GO_RETENTION_MS
  for (let at = 0; at < owners.length; at += COUNTED_AT_ONCE) {
    const some = new Map(
      owners
        .slice(at, at + COUNTED_AT_ONCE)
        .filter(isWanted)
        .map((owner) => [owner.userId, owner]),
    )
    if (some.size === 0) continue
    const rows = await db
      .selectFrom('accounts as a')
      .select('a.user_id')
      .select((eb) =>
        eb
          .selectFrom((inner) => expiredByTier(inner, cutoffMs).select('r.recording_id').limit(countUpTo).as('some'))
          .select(({ fn }) => fn.countAll<number>().as('count'))
          .as('count'),
      )
      .where('a.user_id', 'in', [...some.keys()])
      .execute()
    yield rows.flatMap(({ user_id, count }) => {
      const owner = some.get(user_id)
      return owner === undefined ? [] : [{ owner, count: count ?? 0 }]
    })
  }
}

type OfAccount = ExpressionBuilder<Tables & { a: Pick<AccountRow, 'user_id' | 'org_id' | 'tier_since_ms'> }, 'a'>

/** When the first of them ended. */
function oldestExpired(eb: OfAccount, cutoffMs: number) {
  return expiredByTier(eb, cutoffMs).select('r.ended_log_ms').orderBy('r.owner_id').orderBy('r.ended_log_ms').limit(1)
}

/** What the account `a` owns, is past the free tier's time and neither held nor to go for another reason first. */
function expiredByTier(eb: OfAccount, cutoffMs: number) {
  return expiredOf(eb, cutoffMs)
    .where('r.status', '<>', 'not-kept')
    .where((of) => of.or([of('r.deletion_due_ms', 'is', null), goesByTierFirst()]))
}

/** The tier's time was over no later than the one somebody asked for: of two reasons the earlier counts. */
export function goesByTierFirst() {
  const kept = sql.lit(GO_RETENTION_MS)
  return sql<boolean>`(a.tier_since_ms + ${kept} <= r.deletion_due_ms and r.ended_log_ms + ${kept} <= r.deletion_due_ms)`
}
