import type { ExpressionBuilder, Kysely, Transaction } from 'kysely'
import { GO_RETENTION_MS, retentionVerdict, type RetentionFacts, type RetentionVerdict } from '@twinreel/recording/retention'
import { inRows } from './rows.ts'
import type { AccountRow, RecordingRow, Tables } from './tables.ts'
import { isSameTier, type ToldTier } from './tier-attestation.ts'

type WithRecording = Tables & { r: RecordingRow }

/**
 * Holds in force on the recording `r` or on its owner: its own organization's, for others may name what they like and are held to nothing
 * here. Two selections and no `or`, so that each is one look into an index, however many holds there are.
 */
export function heldBy(eb: ExpressionBuilder<WithRecording, 'r'>) {
  const inForce = (subject: 'recording' | 'user') =>
    eb
      .selectFrom('legal_holds as h')
      .select('h.hold_id')
      .where('h.subject', '=', subject)
      .where('h.released_at_ms', 'is', null)
      .whereRef('h.org_id', '=', 'r.org_id')
  return inForce('recording')
    .whereRef('h.subject_id', '=', 'r.recording_id')
    .unionAll(inForce('user').whereRef('h.subject_id', '=', 'r.owner_id'))
}

/** Recordings with all that is known of them, and what decides their retention. */
export function withRetentionFacts(db: Kysely<Tables>) {
  return retentionFacts(db).selectAll('r')
}

const DECIDING = ['recording_id', 'org_id', 'owner_id', 'ended_log_ms', 'status', 'deletion_due_ms', 'claimed_at_ms'] as const

/** What decides the retention of recordings: the owner's account, if any, what the last row of his tier history says of it, and a hold, if any. */
export function retentionFacts(db: Kysely<Tables>) {
  return db
    .selectFrom('recordings as r')
    .leftJoin('accounts as a', (join) => join.onRef('a.user_id', '=', 'r.owner_id').onRef('a.org_id', '=', 'r.org_id'))
    .leftJoin('tier_history as t', (join) =>
      join.onRef('t.user_id', '=', 'a.user_id').on((eb) =>
        eb(
          't.sequence',
          '=',
          eb
            .selectFrom('tier_history as newest')
            .select((of) => of.fn.max('newest.sequence').as('last'))
            .whereRef('newest.user_id', '=', 'a.user_id'),
        ),
      ),
    )
    .select(DECIDING.map((column) => `r.${column}` as const))
    .select(['a.tier', 'a.tier_since_ms', 'a.tier_change'])
    .select(['t.tier as told_tier', 't.from_ms as told_since_ms', 't.change_id as told_change'])
    .select((eb) => heldBy(eb).limit(1).as('hold_id'))
}

/** A first look at what may be gone by `atMs`: the rule decides, and lets some of it stay. Of what it lets go nothing is missing. */
export function mayGoBy(atMs: number) {
  const cutoffMs = atMs - GO_RETENTION_MS
  return (eb: ExpressionBuilder<WithRecording & { a: AccountRow }, 'r' | 'a'>) =>
    eb.or([
      eb('r.claimed_at_ms', 'is not', null),
      eb('r.status', '=', 'not-kept'),
      eb('r.deletion_due_ms', '<=', atMs),
      eb.and([eb('a.tier', '=', 'go'), eb('a.tier_since_ms', '<=', cutoffMs), eb('r.ended_log_ms', '<=', cutoffMs)]),
    ])
}

export type RowWithRetentionFacts = RecordingRow & DecidingRow

export type DecidingRow = Pick<RecordingRow, (typeof DECIDING)[number]> & {
  tier: AccountRow['tier'] | null
  tier_since_ms: number | null
  tier_change: string | null
  told_tier: string | null
  told_since_ms: number | null
  told_change: string | null
  hold_id: string | null
}

/** Whose these recordings are, and in which organizations; it never changes. */
export async function placesOf(tx: Transaction<Tables>, recordingIds: readonly string[]): Promise<{ owners: string[]; orgs: string[] }> {
  const [owners, orgs] = [new Set<string>(), new Set<string>()]
  for (const ids of inRows(recordingIds)) {
    for (const row of await tx.selectFrom('recordings').select(['owner_id', 'org_id']).distinct().where('recording_id', 'in', ids).execute()) {
      owners.add(row.owner_id)
      orgs.add(row.org_id)
    }
  }
  return { owners: [...owners], orgs: [...orgs] }
}

/** What the owner's account and the last row of his tier history say of the tier, where that is not the same; else `null`. */
export function contradictionOf(row: DecidingRow): { account: ToldTier; history: ToldTier | null } | null {
  const account = toldTier(row.tier, row.tier_since_ms, row.tier_change)
  const history = toldTier(row.told_tier, row.told_since_ms, row.told_change)
  return account === null || isSameTier(account, history) ? null : { account, history }
}

function toldTier(tier: string | null, sinceMs: number | null, changeId: string | null): ToldTier | null {
  return tier === null || sinceMs === null ? null : { tier, sinceMs, changeId }
}

/** The owner's tier: an account alone is not believed. */
function tierOf(row: DecidingRow): RetentionFacts['tier'] {
  if (contradictionOf(row) !== null) return 'contradicted'
  return row.tier === null || row.tier_since_ms === null ? null : { name: row.tier, sinceMs: row.tier_since_ms }
}

/** Its name, for people; `null` for an unknown one. */
export function tierName(row: DecidingRow): string | null {
  const tier = tierOf(row)
  return tier === null || tier === 'contradicted' ? null : tier.name
}

/** The rule, applied to a row. */
export function verdictOf(row: DecidingRow): RetentionVerdict {
  return retentionVerdict({
    endedAtMs: row.ended_log_ms,
    tier: tierOf(row),
    legalHold: row.hold_id !== null,
    notKept: row.status === 'not-kept',
    deletionDueAtMs: row.deletion_due_ms,
  })
}
