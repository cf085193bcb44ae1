import { sql, type ExpressionBuilder, type RawBuilder } from 'kysely'
import { unplannedCause, type BrakeFacts, type DueCause, type Moment } from '@twinreel/recording/brake'
import { GO_RETENTION_MS } from '@twinreel/recording/retention'
import { UNEXPLAINED, claimedByCause, takenKey } from './claim-allowance.ts'
import type { Catalog } from './open.ts'
import { heldBy } from './retention-facts.ts'
import { expiredOfOwners, goesByTierFirst, ownersDue, type OwnerDue } from './owners-due.ts'
import { inRows } from './rows.ts'
import type { AccountRow, RecordingRow, Tables } from './tables.ts'
import { isAttested } from './tier-attestation.ts'

/** An organization of which something is due. */
export interface DueOrg {
  orgId: string
  /** Recordings, counted up to somewhat more than was asked. */
  count: number
  /** Some of them are not explained by having expired in the course of things, or by somebody who asked. */
  isQuestionable: boolean
  caughtUpMs: number | null
}

/** What would be due of an organization if accounts were believed that their histories contradict. */
export interface UnknownTiers {
  orgId: string
  owners: number
  /** Counted like what is due. */
  recordings: number
}

/**
 * Organizations of which something is due at `nowMs`, and those of which something stays because the tier is unknown. Asked from the free accounts' side, as `dueCandidates` is, and counted
 * no further than it takes to know that there are more than `countUpTo`: what paid tiers keep is not looked at, and what is due in millions
 * costs what some thousand do. What is due for two reasons may be counted twice.
 */
export async function dueByOrg(
  catalog: Catalog,
  { nowMs, countUpTo }: { nowMs: number; countUpTo: number },
): Promise<{ due: DueOrg[]; unknownTiers: UnknownTiers[] }> {
  const orgs = new Map<string, Omit<DueOrg, 'caughtUpMs'>>()
  const unknown = new Map<string, UnknownTiers>()
  const add = (orgId: string, count: number, isQuestionable: boolean): void => {
    const before = orgs.get(orgId) ?? { orgId, count: 0, isQuestionable: false }
    orgs.set(orgId, { orgId, count: before.count + count, isQuestionable: before.isQuestionable || isQuestionable })
  }
  const addUnknown = (orgId: string, owners: number, recordings: number): void => {
    const before = unknown.get(orgId) ?? { orgId, owners: 0, recordings: 0 }
    unknown.set(orgId, { orgId, owners: before.owners + owners, recordings: before.recordings + recordings })
  }
  const isWanted = ({ orgId, ...owner }: OwnerDue): boolean => ((owner.isAttested ? orgs.get(orgId)?.count : unknown.get(orgId)?.recordings) ?? 0) <= countUpTo
  for await (const owners of ownersDue(catalog, { nowMs })) {
    for (const { orgId, ...owner } of owners) {
      if (owner.isAttested) add(orgId, 0, owner.isQuestionable)
      else addUnknown(orgId, 1, 0)
    }
    for await (const counted of expiredOfOwners(catalog, owners, { nowMs, countUpTo: countUpTo + 1, isWanted })) {
      for (const { owner, count } of counted) {
        if (owner.isAttested) add(owner.orgId, count, false)
        else addUnknown(owner.orgId, 0, count)
      }
    }
  }
  for (const row of await asked(catalog, nowMs)) add(row.org_id, Number(row.count), false)
  const caughtUp = new Map<string, number>()
  for (const ids of inRows([...orgs.keys()])) {
    const rows = await catalog.db.selectFrom('retention_orgs').selectAll().where('org_id', 'in', ids).execute()
    for (const row of rows) caughtUp.set(row.org_id, row.caught_up_ms)
  }
  return {
    due: [...orgs.values()].filter(({ count }) => count > 0).map((org) => ({ ...org, caughtUpMs: caughtUp.get(org.orgId) ?? null })),
    unknownTiers: [...unknown.values()].toSorted((one, other) => (one.orgId < other.orgId ? -1 : 1)),
  }
}

type WithExpired = Tables & { a: AccountRow; r: RecordingRow; c: { [K in keyof Tables['retention_orgs']]: Tables['retention_orgs'][K] | null } }

/** What the free tier's time is over for and nobody has claimed; not what is held, or goes for another reason first. */
function expiredAt({ db }: Catalog, nowMs: number) {
  const cutoffMs = nowMs - GO_RETENTION_MS
  return db
    .selectFrom('accounts as a')
    .innerJoin('recordings as r', (join) => join.onRef('r.owner_id', '=', 'a.user_id').onRef('r.org_id', '=', 'a.org_id'))
    .leftJoin('retention_orgs as c', 'c.org_id', 'a.org_id')
    .where('a.tier', '=', 'go')
    .where('a.tier_since_ms', '<=', cutoffMs)
    .where('r.ended_log_ms', '<=', cutoffMs)
    .where('r.claimed_at_ms', 'is', null)
    .where('r.status', '<>', 'not-kept')
    .where((eb) => eb.or([eb('r.deletion_due_ms', 'is', null), goesByTierFirst()]))
    .where((eb) => eb.not(eb.exists(heldBy(eb))))
}

function questionable(eb: ExpressionBuilder<WithExpired, 'a' | 'r' | 'c'>) {
  return eb.or([eb('r.ended_log_ms', '<', eb.ref('a.tier_since_ms')), isLate()])
}

/** Due no later than the organization was caught up. */
function isLate(): RawBuilder<boolean> {
  return sql<boolean>`r.ended_log_ms + ${sql.lit(GO_RETENTION_MS)} <= c.caught_up_ms`
}

/** What nobody kept, and what somebody asked the deletion of. */
async function asked({ db }: Catalog, nowMs: number): Promise<{ org_id: string; count: string | number | bigint }[]> {
  const notKept = db
    .selectFrom('recordings as r')
    .select(['r.org_id', ({ fn }) => fn.countAll().as('count')])
    .where('r.status', '=', sql.lit('not-kept'))
    .where('r.ended_log_ms', '<=', nowMs)
    .where('r.claimed_at_ms', 'is', null)
    .where((eb) => eb.not(eb.exists(heldBy(eb))))
    .groupBy('r.org_id')
  const requested = db
    .selectFrom('recordings as r')
    .select(['r.org_id', ({ fn }) => fn.countAll().as('count')])
    .where('r.deletion_due_ms', '<=', nowMs)
    .where('r.deletion_due_ms', 'is not', null)
    .where('r.ended_log_ms', '<=', nowMs)
    .where('r.claimed_at_ms', 'is', null)
    .where((eb) => eb.not(eb.exists(heldBy(eb))))
    .groupBy('r.org_id')
  return notKept.unionAll(requested).execute()
}

/** What is known of an organization to judge it by, and what the ceilings of a claim start from. */
export interface OrgBrakeFacts extends BrakeFacts {
  /** Recordings that each confirmed change was confirmed for. */
  confirmed: ReadonlyMap<string, number>
  /** Claimed unexplained, ever. */
  unexplainedBefore: number
}

/** Of organizations with something questionable, what the brake weighs. `windowMs`: how far back what was claimed counts. */
export async function brakeFacts(
  catalog: Catalog,
  orgs: readonly Pick<DueOrg, 'orgId' | 'caughtUpMs'>[],
  { nowMs, windowMs }: { nowMs: number; windowMs: number },
): Promise<Map<string, OrgBrakeFacts>> {
  const facts = new Map<string, OrgBrakeFacts>()
  for (const batch of inRows(orgs)) {
    const orgIds = batch.map(({ orgId }) => orgId)
    const waiting = Map.groupBy(
      await waitingOf(catalog, orgIds, { nowMs, caughtUp: new Map(batch.map((org) => [org.orgId, org.caughtUpMs])) }),
      (one) => one.orgId,
    )
    const confirmed = await confirmedOf(catalog, orgIds, [...waiting.values()].flat())
    const counts = await claimedByCause(catalog.db, orgIds, [UNEXPLAINED, ...new Set([...confirmed.values()].flatMap((changes) => [...changes.keys()]))])
    for (const { orgId, caughtUpMs } of batch) {
      const due = waiting.get(orgId) ?? []
      const changes = confirmed.get(orgId) ?? new Map<string, number>()
      const unexplainedBefore = counts.get(takenKey(orgId, UNEXPLAINED)) ?? 0
      const fromMs = earliestDueMs(due, nowMs) - windowMs
      facts.set(orgId, {
        nowMs,
        caughtUpMs,
        waiting: due,
        planned: new Map([...changes].map(([changeId, count]) => [changeId, count - (counts.get(takenKey(orgId, changeId)) ?? 0)])),
        confirmed: changes,
        unexplainedBefore,
        claimed: unexplainedBefore === 0 ? [] : await claimedSince(catalog, orgId, fromMs),
      })
    }
  }
  return facts
}

/** When the first of them fell due, `nowMs` at the latest. There may be one for each user of an organization, more than a call takes arguments. */
export function earliestDueMs(waiting: readonly Pick<Waiting, 'dueAtMs'>[], nowMs: number): number {
  return waiting.reduce((earliestMs, { dueAtMs }) => Math.min(earliestMs, dueAtMs), nowMs)
}

interface Waiting {
  orgId: string
  cause: DueCause
  dueAtMs: number
  count: number
}

/** What is questionable, alike ones together: those whose owners were moved at one time, and those that are late. */
async function waitingOf(
  catalog: Catalog,
  orgIds: readonly string[],
  { nowMs, caughtUp }: { nowMs: number; caughtUp: ReadonlyMap<string, number | null> },
): Promise<Waiting[]> {
  const alike = new Map<string, Waiting>()
  for await (const owners of ownersDue(catalog, { nowMs, orgIds })) {
    const userIds = owners.filter((owner) => owner.isAttested && owner.isQuestionable).map(({ userId }) => userId)
    for (const one of userIds.length === 0 ? [] : await waitingOfOwners(catalog, userIds, { nowMs, caughtUp })) {
      const key = JSON.stringify([one.orgId, one.cause, one.dueAtMs])
      alike.set(key, { ...one, count: one.count + (alike.get(key)?.count ?? 0) })
    }
  }
  return [...alike.values()]
}

async function waitingOfOwners(
  catalog: Catalog,
  userIds: readonly string[],
  { nowMs, caughtUp }: { nowMs: number; caughtUp: ReadonlyMap<string, number | null> },
): Promise<Waiting[]> {
  const rows = await expiredAt(catalog, nowMs)
    .where('a.user_id', 'in', userIds)
    .where(questionable)
    .where(isAttested)
    .select(['a.org_id', ({ fn }) => fn.countAll().as('count')])
    .select((eb) => eb.case().when('r.ended_log_ms', '<', eb.ref('a.tier_since_ms')).then(eb.ref('a.tier_since_ms')).else(null).end().as('moved_ms'))
    .select((eb) => eb.case().when('r.ended_log_ms', '<', eb.ref('a.tier_since_ms')).then(eb.ref('a.tier_change')).else(null).end().as('change_id'))
    .groupBy(['a.org_id', 'moved_ms', 'change_id'])
    .execute()
  return rows.map(({ org_id: orgId, count, moved_ms, change_id: changeId }) => {
    if (moved_ms === null) return { orgId, cause: { kind: 'late' }, dueAtMs: nowMs, count: Number(count) }
    const dueAtMs = moved_ms + GO_RETENTION_MS
    const cause: DueCause =
      changeId === null ? unplannedCause({ dueAtMs, isMoved: true, caughtUpMs: caughtUp.get(orgId) ?? null }) : { kind: 'planned', changeId }
    return { orgId, cause, dueAtMs, count: Number(count) }
  })
}

/** By organization, its own confirmed changes to the free tier, and how many recordings each was confirmed for. */
async function confirmedOf({ db }: Catalog, orgIds: readonly string[], waiting: readonly Waiting[]): Promise<Map<string, Map<string, number>>> {
  const changeIds = [...new Set(waiting.flatMap(({ cause }) => (cause.kind === 'planned' ? [cause.changeId] : [])))]
  const byOrg = new Map<string, Map<string, number>>()
  for (const ids of inRows(changeIds)) {
    const rows = await db
      .selectFrom('tier_changes')
      .select(['org_id', 'change_id', 'recording_count'])
      .where('change_id', 'in', ids)
      .where('org_id', 'in', orgIds)
      .where('tier', '=', 'go')
      .execute()
    for (const { org_id, change_id, recording_count } of rows) {
      const changes = byOrg.get(org_id) ?? new Map<string, number>()
      byOrg.set(org_id, changes.set(change_id, recording_count))
    }
  }
  return byOrg
}

/** What nothing explained and went all the same, counted when it fell due, or, what was late, when it was claimed. */
async function claimedSince({ db }: Catalog, orgId: string, fromMs: number): Promise<Moment[]> {
  const claimed = (cause: string, column: 'due_at_ms' | 'claimed_at_ms') =>
    db
      .selectFrom('recordings')
      .select([`${column} as at_ms`, ({ fn }) => fn.countAll().as('count')])
      .where('org_id', '=', orgId)
      .where('claim_cause', '=', cause)
      .where(column, '>', fromMs)
      .groupBy(column)
      .execute()
  const rows = [...(await claimed('moved', 'due_at_ms')), ...(await claimed('late', 'claimed_at_ms'))]
  return rows.map(({ at_ms, count }) => ({ atMs: Number(at_ms), count: Number(count) }))
}

/** How many recordings of an organization's users are not claimed; `limit` when there are as many or more. */
export async function recordingsUpTo({ db }: Catalog, orgId: string, limit: number): Promise<number> {
  const row = await db
    .selectFrom((eb) =>
      eb
        .selectFrom('accounts as a')
        .innerJoin('recordings as r', (join) => join.onRef('r.owner_id', '=', 'a.user_id').onRef('r.org_id', '=', 'a.org_id'))
        .select('r.recording_id')
        .where('a.org_id', '=', orgId)
        .where('r.claimed_at_ms', 'is', null)
        .limit(limit)
        .as('some'),
    )
    .select(({ fn }) => fn.countAll().as('count'))
    .executeTakeFirst()
  return Number(row?.count ?? 0)
}
