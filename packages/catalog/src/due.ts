import { sql, type ExpressionBuilder } from 'kysely'
import { GO_RETENTION_MS } from '@twinreel/recording/retention'
import type { Catalog } from './open.ts'
import { heldBy } from './retention-facts.ts'
import type { AccountRow, RecordingRow, Tables } from './tables.ts'
import { isAttested } from './tier-attestation.ts'

/** Where a look for what is due goes on. Rows that are claimed or become due meanwhile move nothing: each position is a row's own values. */
export type DueCursor =
  | { source: 'not-kept'; recordingId: string }
  | { source: 'bin'; dueMs: number; recordingId: string }
  | { source: 'expired'; ownerId: string; endedMs: number; recordingId: string }

export interface DuePage {
  recordingIds: string[]
  /** `null` when there is no more. */
  next: DueCursor | null
}

interface Found {
  recordingId: string
  cursor: DueCursor
}

type CursorOf<S extends DueCursor['source']> = Extract<DueCursor, { source: S }>

const SOURCES = ['not-kept', 'bin', 'expired'] as const
/** Free accounts with something due that are looked up in one statement: few at first, because a few may have a page full; more while they have little. */
const FEWEST_OWNERS = 8
const MOST_OWNERS = 512

/**
 * Recordings that look due at `nowMs`, at most `limit`: what nobody kept, what somebody asked to delete, and what expired, owner by
 * owner, oldest first. `orgIds`: of these organizations alone. Only a first look: the claim decides. Each part follows an index and stops at `limit`, so that a page costs the same however much is
 * due; what paid tiers keep for years is never scanned.
 */
export async function dueCandidates(
  catalog: Catalog,
  options: { nowMs: number; limit: number; after?: DueCursor | null; orgIds?: readonly string[] },
): Promise<DuePage> {
  const { nowMs, limit, after = null, orgIds = null } = options
  const found: Found[] = []
  for (const source of SOURCES.slice(after === null ? 0 : SOURCES.indexOf(after.source))) {
    const room = limit - found.length
    if (room <= 0) break
    const from = after?.source === source ? after : null
    found.push(...(await foundIn(catalog, source, { nowMs, limit: room, orgIds, from })))
  }
  // What is due for two reasons is found twice.
  return { recordingIds: [...new Set(found.map(({ recordingId }) => recordingId))], next: found.length < limit ? null : (found.at(-1)?.cursor ?? null) }
}

interface Wanted {
  nowMs: number
  limit: number
  /** `null`: of all. */
  orgIds: readonly string[] | null
}

function foundIn(catalog: Catalog, source: DueCursor['source'], { from, ...wanted }: Wanted & { from: DueCursor | null }): Promise<Found[]> {
  switch (source) {
    case 'not-kept':
      return notKept(catalog, wanted, from as CursorOf<'not-kept'> | null)
    case 'bin':
      return inBin(catalog, wanted, from as CursorOf<'bin'> | null)
    case 'expired':
      return expired(catalog, wanted, from as CursorOf<'expired'> | null)
  }
}

async function notKept({ db }: Catalog, { nowMs, limit, orgIds }: Wanted, from: CursorOf<'not-kept'> | null): Promise<Found[]> {
  const rows = await db
    .selectFrom('recordings as r')
    .select('r.recording_id')
    .where('r.status', '=', sql.lit('not-kept'))
    .where('r.recording_id', '>', from?.recordingId ?? '')
    .where('r.ended_log_ms', '<=', nowMs)
    .where('r.claimed_at_ms', 'is', null)
    .where((eb) => eb.not(eb.exists(heldBy(eb))))
    .$if(orgIds !== null, (query) => query.where('r.org_id', 'in', orgIds ?? []))
    .orderBy('r.recording_id')
    .limit(limit)
    .execute()
  return rows.map(({ recording_id: recordingId }) => ({ recordingId, cursor: { source: 'not-kept', recordingId } }))
}

async function inBin({ db }: Catalog, { nowMs, limit, orgIds }: Wanted, from: CursorOf<'bin'> | null): Promise<Found[]> {
  const rows = await db
    .selectFrom('recordings as r')
    .select(['r.recording_id', 'r.deletion_due_ms'])
    .where('r.deletion_due_ms', 'is not', null)
    .where('r.deletion_due_ms', '<=', nowMs)
    .where((eb) => eb(eb.refTuple('r.deletion_due_ms', 'r.recording_id'), '>', eb.tuple(from?.dueMs ?? -1, from?.recordingId ?? '')))
    .where('r.claimed_at_ms', 'is', null)
    .where('r.ended_log_ms', '<=', nowMs)
    .where((eb) => eb.not(eb.exists(heldBy(eb))))
    .$if(orgIds !== null, (query) => query.where('r.org_id', 'in', orgIds ?? []))
    .orderBy('r.deletion_due_ms')
    .orderBy('r.recording_id')
    .limit(limit)
    .execute()
  return rows.map(({ recording_id: recordingId, deletion_due_ms: dueMs }) => ({ recordingId, cursor: { source: 'bin', dueMs: dueMs ?? nowMs, recordingId } }))
}

async function expired(catalog: Catalog, { nowMs, limit, orgIds }: Wanted, from: CursorOf<'expired'> | null): Promise<Found[]> {
  const cutoffMs = nowMs - GO_RETENTION_MS
  const found = from === null ? [] : await ofOwners(catalog, [from.ownerId], { cutoffMs, limit, orgIds, from })
  let afterOwner = from?.ownerId ?? ''
  for (let owners = FEWEST_OWNERS; found.length < limit; owners = Math.min(owners * 4, MOST_OWNERS)) {
    const some = await ownersWithDue(catalog, { cutoffMs, afterOwner, owners, orgIds, countUpTo: limit })
    if (some.length === 0) break
    const ownerIds = fitting(some, limit - found.length)
    found.push(...(await ofOwners(catalog, ownerIds, { cutoffMs, limit: limit - found.length, orgIds, from: null })))
    afterOwner = ownerIds.at(-1) ?? afterOwner
  }
  return found
}

/** As many owners as have all of their recordings on the page; one that has too many comes alone, and is gone on with. */
function fitting(owners: readonly { ownerId: string; count: number }[], limit: number): string[] {
  const fit: string[] = []
  let room = limit
  for (const { ownerId, count } of owners) {
    room -= count
    if (room < 0 && fit.length > 0) break
    fit.push(ownerId)
  }
  return fit
}

/** Free accounts, attested by their history, that nobody holds, with how many recordings they have that are due: more than `countUpTo` are not counted. */
async function ownersWithDue(
  { db }: Catalog,
  { cutoffMs, afterOwner, owners, orgIds, countUpTo }: { cutoffMs: number; afterOwner: string; owners: number; orgIds: Wanted['orgIds']; countUpTo: number },
): Promise<{ ownerId: string; count: number }[]> {
  const rows = await db
    .selectFrom((of) =>
      of
        .selectFrom('accounts as a')
        .select(['a.user_id', 'a.org_id'])
        .where('a.tier', '=', 'go')
        .where('a.tier_since_ms', '<=', cutoffMs)
        .where('a.user_id', '>', afterOwner)
        .$if(orgIds !== null, (query) => query.where('a.org_id', 'in', orgIds ?? []))
        .where((eb) => eb.not(eb.exists(accountHeld(eb))))
        // Not `exists`, of which a planner may make a join over all that is due. The history is looked into only where something is.
        .where((eb) =>
          eb
            .case()
            .when(eb(expiredOf(eb, cutoffMs).select('r.recording_id').limit(1), 'is not', null))
            .then(isAttested)
            .else(sql.lit(false))
            .end(),
        )
        .orderBy('a.user_id')
        .limit(owners)
        .as('a'),
    )
    .select('a.user_id')
    .select((eb) =>
      eb
        .selectFrom((inner) => expiredOf(inner, cutoffMs).select('r.recording_id').limit(countUpTo).as('some'))
        .select(({ fn }) => fn.countAll<number>().as('count'))
        .as('due_count'),
    )
    .orderBy('a.user_id')
    .execute()
  return rows.map(({ user_id: ownerId, due_count: count }) => ({ ownerId, count: count ?? 0 }))
}

type WithAccount = Tables & { a: AccountRow }

/** What an account `a` owns and is past the free tier's time, unless it is held. */
export function expiredOf(eb: ExpressionBuilder<Tables & { a: Pick<AccountRow, 'user_id' | 'org_id'> }, 'a'>, cutoffMs: number) {
  return eb
    .selectFrom('recordings as r')
    .whereRef('r.owner_id', '=', 'a.user_id')
    .whereRef('r.org_id', '=', 'a.org_id')
    .where('r.claimed_at_ms', 'is', null)
    .where('r.ended_log_ms', '<=', cutoffMs)
    .where((of) => of.not(of.exists(heldBy(of as ExpressionBuilder<Tables & { r: RecordingRow }, 'r'>))))
}

/** A hold on the account's user: none of his recordings need be looked at. */
export function accountHeld(eb: ExpressionBuilder<WithAccount, 'a'>) {
  return eb
    .selectFrom('legal_holds as h')
    .select('h.hold_id')
    .where('h.released_at_ms', 'is', null)
    .where('h.subject', '=', 'user')
    .whereRef('h.subject_id', '=', 'a.user_id')
    .whereRef('h.org_id', '=', 'a.org_id')
}

async function ofOwners(
  { db }: Catalog,
  ownerIds: readonly string[],
  { cutoffMs, limit, orgIds, from }: { cutoffMs: number; limit: number; orgIds: Wanted['orgIds']; from: CursorOf<'expired'> | null },
): Promise<Found[]> {
  let chosen = db
    .selectFrom('accounts as a')
    .innerJoin('recordings as r', (join) => join.onRef('r.owner_id', '=', 'a.user_id').onRef('r.org_id', '=', 'a.org_id'))
    .select(['r.recording_id', 'r.owner_id', 'r.ended_log_ms'])
    .where('a.user_id', 'in', ownerIds)
    .where('a.tier', '=', 'go')
    .where('a.tier_since_ms', '<=', cutoffMs)
    .$if(orgIds !== null, (some) => some.where('a.org_id', 'in', orgIds ?? []))
    .where(isAttested)
    .where('r.claimed_at_ms', 'is', null)
    .where('r.ended_log_ms', '<=', cutoffMs)
    .where((eb) => eb.not(eb.exists(heldBy(eb))))
  if (from !== null) chosen = chosen.where((eb) => eb(eb.refTuple('r.ended_log_ms', 'r.recording_id'), '>', eb.tuple(from.endedMs, from.recordingId)))
  const rows = await chosen.orderBy('r.owner_id').orderBy('r.ended_log_ms').orderBy('r.recording_id').limit(limit).execute()
  return rows.map(({ recording_id: recordingId, owner_id: ownerId, ended_log_ms: endedMs }) => ({
    recordingId,
    cursor: { source: 'expired', ownerId, endedMs: endedMs ?? cutoffMs, recordingId },
  }))
}
