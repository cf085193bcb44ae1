import type { Kysely } from 'kysely'
import { retentionVerdict, type RetentionFacts, type Tier } from '@twinreel/recording/retention'
import { heldBy } from '../retention-facts.ts'
import { inRows } from '../rows.ts'
import type { Tables } from '../tables.ts'

/** What a move to another tier means for recordings that are not being deleted yet. */
export interface TierEffects {
  /** Stay as things are, and are due, then or later, after the move. */
  becomeDue: number
  /** When the first and the last of those are due, milliseconds UTC; `null` when there are none. */
  firstDueAtMs: number | null
  lastDueAtMs: number | null
  /** Are due, now or later, as things are, and stay after the move. */
  saved: number
  /** Would become due, were it not for a legal hold: the day it is released. */
  held: number
}

export const NO_EFFECTS: TierEffects = { becomeDue: 0, firstDueAtMs: null, lastDueAtMs: null, saved: 0, held: 0 }

/** For each organization, what happens to the recordings of these users, all of one tier, when they move to `tier` at `sinceMs`. By the rule, asked once for all recordings alike. */
export async function tierEffects(
  db: Kysely<Tables>,
  userIds: readonly string[],
  { from, tier, sinceMs }: { from: string; tier: Tier; sinceMs: number },
): Promise<Map<string, TierEffects>> {
  const found = new Map<string, TierEffects>()
  for (const ids of inRows(userIds)) {
    const alike = db
      .selectFrom('accounts as a')
      .innerJoin('recordings as r', (join) => join.onRef('r.owner_id', '=', 'a.user_id').onRef('r.org_id', '=', 'a.org_id'))
      .select(['a.org_id', 'r.ended_log_ms', 'r.deletion_due_ms'])
      .select((eb) => [eb('r.ended_log_ms', 'is', null).as('live'), eb('r.status', '=', 'not-kept').as('not_kept')])
      .select((eb) => [eb('r.deletion_due_ms', 'is not', null).as('in_bin'), eb.exists(heldBy(eb)).as('held')])
      .where('a.user_id', 'in', ids)
      .where('r.claimed_at_ms', 'is', null)
    const groups = await db
      .selectFrom(alike.as('alike'))
      .select(['org_id', 'live', 'not_kept', 'in_bin', 'held'])
      .select(({ fn }) => [fn.countAll().as('count'), fn.min('ended_log_ms').as('first_ms'), fn.max('ended_log_ms').as('last_ms')])
      .select(({ fn }) => fn.min('deletion_due_ms').as('deletion_due_ms'))
      .groupBy(['org_id', 'live', 'not_kept', 'in_bin', 'held'])
      .execute()
    for (const { org_id: orgId, count, first_ms: firstMs, last_ms: lastMs, ...row } of groups) {
      const facts = (endedAtMs: number | null): RetentionFacts => ({
        endedAtMs,
        tier: { name: from, sinceMs: 0 },
        legalHold: Boolean(row.held),
        notKept: Boolean(row.not_kept),
        deletionDueAtMs: row.deletion_due_ms,
      })
      const effects = effectsOf([facts(firstMs), facts(lastMs)], { name: tier, sinceMs }, Number(count))
      found.set(orgId, sumOf(found.get(orgId) ?? NO_EFFECTS, effects))
    }
  }
  return found
}

/** Of recordings that differ only in when they ended, the first and the last. */
function effectsOf([first, last]: readonly [RetentionFacts, RetentionFacts], tier: NonNullable<RetentionFacts['tier']>, count: number): TierEffects {
  const [before, after] = [retentionVerdict(first), retentionVerdict({ ...first, tier })]
  if (before.kind === 'due') return { ...NO_EFFECTS, saved: after.kind === 'keep' ? count : 0 }
  const lastAfter = retentionVerdict({ ...last, tier })
  if (after.kind === 'due' && lastAfter.kind === 'due') return { ...NO_EFFECTS, becomeDue: count, firstDueAtMs: after.dueAtMs, lastDueAtMs: lastAfter.dueAtMs }
  if (!first.legalHold) return NO_EFFECTS
  const free = effectsOf(
    [
      { ...first, legalHold: false },
      { ...last, legalHold: false },
    ],
    tier,
    count,
  )
  return { ...NO_EFFECTS, held: free.becomeDue }
}

export function sumOf(one: TierEffects, other: TierEffects): TierEffects {
  return {
    becomeDue: one.becomeDue + other.becomeDue,
    firstDueAtMs: extreme(Math.min, one.firstDueAtMs, other.firstDueAtMs),
    lastDueAtMs: extreme(Math.max, one.lastDueAtMs, other.lastDueAtMs),
    saved: one.saved + other.saved,
    held: one.held + other.held,
  }
}

function extreme(of: (...values: number[]) => number, one: number | null, other: number | null): number | null {
  const values = [one, other].filter((value) => value !== null)
  return values.length === 0 ? null : of(...values)
}
