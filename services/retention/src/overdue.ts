import { accountHeld } from '@twinreel/catalog/due'
import type { Catalog } from '@twinreel/catalog/open'
import { heldBy } from '@twinreel/catalog/retention-facts'
import { isAttested } from '@twinreel/catalog/tier-attestation'
import { GO_RETENTION_MS } from '@twinreel/recording/retention'

/** What retention still owes at `nowMs`. */
export interface Owed {
  /** How long the oldest recording that is due, and still there, has been due; 0 when none is. */
  oldestOverdueMs: number
  /** Owners who would have something overdue if accounts were believed that their histories contradict. */
  unknownTierOwners: number
  /** Legal holds in force. */
  holds: number
}

/**
 * Asked of the catalog with queries that look at one recording of each free account, and at unfinished claims and what goes at once: what
 * paid tiers keep is never scanned, nor all that is due.
 */
export async function owedAt(catalog: Catalog, nowMs: number): Promise<Owed> {
  const cutoffMs = nowMs - GO_RETENTION_MS
  const expired = await catalog.db
    .with(
      // Else the subquery is run once for each time that it is named.
      (cte) => cte('owners').materialized(),
      (db) =>
        db
          .selectFrom('accounts as a')
          .select(['a.user_id', 'a.tier', 'a.tier_since_ms', 'a.tier_change'])
          .select((eb) =>
            eb
              .selectFrom('recordings as r')
              .select('r.ended_log_ms')
              .whereRef('r.owner_id', '=', 'a.user_id')
              .whereRef('r.org_id', '=', 'a.org_id')
              .where('r.claimed_at_ms', 'is', null)
              .where('r.ended_log_ms', '<=', cutoffMs)
              .where((of) => of.not(of.exists(heldBy(of))))
              .orderBy('r.owner_id')
              .orderBy('r.ended_log_ms')
              .limit(1)
              .as('oldest_ms'),
          )
          .where('a.tier', '=', 'go')
          .where('a.tier_since_ms', '<=', cutoffMs)
          .where((eb) => eb.not(eb.exists(accountHeld(eb)))),
    )
    .selectFrom('owners as a')
    .select((eb) => [
      eb.case().when(isAttested).then(1).else(0).end().as('attested'),
      eb.fn.countAll().as('owners'),
      // Due is whichever came later: the end, or the change to this tier.
      eb.fn.min(eb.case().when('oldest_ms', '>', eb.ref('tier_since_ms')).then(eb.ref('oldest_ms')).else(eb.ref('tier_since_ms')).end()).as('since_ms'),
    ])
    .where('oldest_ms', 'is not', null)
    .groupBy('attested')
    .execute()
  const attested = expired.find((row) => row.attested === 1)
  const unknown = expired.find((row) => row.attested === 0)
  const inBin = await catalog.db
    .selectFrom('recordings as r')
    .select((eb) =>
      eb.fn
        .min(eb.case().when('r.ended_log_ms', '>', eb.ref('r.deletion_due_ms')).then(eb.ref('r.ended_log_ms')).else(eb.ref('r.deletion_due_ms')).end())
        .as('since_ms'),
    )
    .where('r.deletion_due_ms', 'is not', null)
    .where('r.deletion_due_ms', '<=', nowMs)
    .where('r.ended_log_ms', '<=', nowMs)
    .where('r.claimed_at_ms', 'is', null)
    .where((eb) => eb.not(eb.exists(heldBy(eb))))
    .executeTakeFirst()
  const notKept = await catalog.db
    .selectFrom('recordings as r')
    .select((eb) => eb.fn.min('r.ended_log_ms').as('since_ms'))
    .where('r.status', '=', 'not-kept')
    .where('r.ended_log_ms', '<=', nowMs)
    .where('r.claimed_at_ms', 'is', null)
    .where((eb) => eb.not(eb.exists(heldBy(eb))))
    .executeTakeFirst()
  const claimed = await catalog.db
    .selectFrom('recordings')
    .select((eb) => eb.fn.min('claimed_at_ms').as('since_ms'))
    .where('claimed_at_ms', 'is not', null)
    .where('purged_at_ms', 'is', null)
    .executeTakeFirst()
  const holds = await catalog.db
    .selectFrom('legal_holds')
    .select((eb) => eb.fn.countAll().as('count'))
    .where('released_at_ms', 'is', null)
    .executeTakeFirst()
  const oldestMs = Math.min(nowMs, dueAt(attested, GO_RETENTION_MS), dueAt(inBin, 0), dueAt(notKept, 0), dueAt(claimed, 0))
  return { oldestOverdueMs: nowMs - oldestMs, unknownTierOwners: Number(unknown?.owners ?? 0), holds: Number(holds?.count ?? 0) }
}

/** The minimum of no row is null. */
function dueAt(oldest: { since_ms: unknown } | undefined, keptMs: number): number {
  const sinceMs = oldest?.since_ms ?? null
  return sinceMs === null ? Number.POSITIVE_INFINITY : Number(sinceMs) + keptMs
}
