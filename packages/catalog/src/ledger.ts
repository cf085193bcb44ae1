import type { Catalog } from './open.ts'
import { inRows } from './rows.ts'
import type { LedgerRow } from './tables.ts'

/** What became of one recordable call for one owner in it: exactly one entry each. */
export interface LedgerEntry {
  callId: string
  ownerId: string
  orgId: string
  outcome: LedgerRow['outcome']
  reason: string | null
  behavior: string | null
  callType: string | null
  direction: string | null
  timeZeroMs: number | null
  endedLogMs: number | null
  /** Of all the owner's recordings of the call together; provisional ones don't count. */
  recordings: number
  capturedMs: number
  pausedMs: number
  heldMs: number
  lostMs: number
  /** Audio that came after its segment was sealed. */
  lateMs: number
}

export interface LedgerFilter {
  orgId?: string
  ownerId?: string
  callId?: string
  outcome?: LedgerRow['outcome']
  /** The last one of the page before. */
  after?: { callId: string; ownerId: string }
  /** 1,000 by default. */
  limit?: number
}

/** By call id and owner id. */
export async function listLedger(catalog: Catalog, filter: LedgerFilter = {}): Promise<LedgerEntry[]> {
  const { orgId, ownerId, callId, outcome, after } = filter
  let query = catalog.db
    .selectFrom('ledger as l')
    .leftJoin('calls as c', 'c.call_id', 'l.call_id')
    .selectAll('l')
    .select(['c.call_type', 'c.direction', 'c.time_zero_ms', 'c.ended_log_ms'])
  if (orgId !== undefined) query = query.where('l.org_id', '=', orgId)
  if (ownerId !== undefined) query = query.where('l.owner_id', '=', ownerId)
  if (callId !== undefined) query = query.where('l.call_id', '=', callId)
  if (outcome !== undefined) query = query.where('l.outcome', '=', outcome)
  if (after !== undefined) {
    query = query.where((eb) => eb.or([eb('l.call_id', '>', after.callId), eb.and([eb('l.call_id', '=', after.callId), eb('l.owner_id', '>', after.ownerId)])]))
  }
  const rows = await query
    .orderBy('l.call_id')
    .orderBy('l.owner_id')
    .limit(filter.limit ?? 1_000)
    .execute()
  const totals = await totalsByOwner(catalog, [...new Set(rows.map((row) => row.call_id))])
  return rows.map((row) => ({
    callId: row.call_id,
    ownerId: row.owner_id,
    orgId: row.org_id,
    outcome: row.outcome,
    reason: row.reason,
    behavior: row.behavior,
    callType: row.call_type,
    direction: row.direction,
    timeZeroMs: row.time_zero_ms,
    endedLogMs: row.ended_log_ms,
    ...(totals.get(`${row.call_id}/${row.owner_id}`) ?? NOTHING),
    lateMs: row.late_ms,
  }))
}

type Totals = Pick<LedgerEntry, 'recordings' | 'capturedMs' | 'pausedMs' | 'heldMs' | 'lostMs'>
const NOTHING: Totals = { recordings: 0, capturedMs: 0, pausedMs: 0, heldMs: 0, lostMs: 0 }

async function totalsByOwner(catalog: Catalog, callIds: readonly string[]): Promise<ReadonlyMap<string, Totals>> {
  const totals = new Map<string, Totals>()
  for (const ids of inRows(callIds)) {
    const rows = await catalog.db
      .selectFrom('recordings')
      .select(['call_id', 'owner_id'])
      .select((eb) => [
        eb.fn.countAll().as('recordings'),
        eb.fn.sum('captured_ms').as('captured_ms'),
        eb.fn.sum('paused_ms').as('paused_ms'),
        eb.fn.sum('held_ms').as('held_ms'),
        eb.fn.sum('lost_ms').as('lost_ms'),
      ])
      .where('call_id', 'in', ids)
      .where('provisional', '=', 0)
      .groupBy(['call_id', 'owner_id'])
      .execute()
    for (const row of rows) {
      // PostgreSQL answers sums as text: they may be larger than what they sum.
      totals.set(`${row.call_id}/${row.owner_id}`, {
        recordings: Number(row.recordings),
        capturedMs: Number(row.captured_ms),
        pausedMs: Number(row.paused_ms),
        heldMs: Number(row.held_ms),
        lostMs: Number(row.lost_ms),
      })
    }
  }
  return totals
}

/** An owner of a call that was answered and closed. */
export interface ClosedEntry {
  callId: string
  ownerId: string
  timeZeroMs: number
}

/**
 * Entries of calls that were answered and whose recordings, if there are any, ended in a time, by answer, call and owner: those that a file of the platform's
 * records of that time must know.
 */
export async function listClosedEntries(
  catalog: Catalog,
  { fromMs, toMs, orgId, after, limit = 1_000 }: { fromMs: number; toMs: number; orgId?: string | undefined; after?: ClosedEntry; limit?: number },
): Promise<ClosedEntry[]> {
  let query = catalog.db
    .selectFrom('calls as c')
    .innerJoin('ledger as l', 'l.call_id', 'c.call_id')
    .select(['c.call_id', 'l.owner_id', 'c.time_zero_ms'])
    .where('c.time_zero_ms', '>=', after?.timeZeroMs ?? fromMs)
    .where('c.time_zero_ms', '<', toMs)
    .where(({ not, exists, selectFrom }) =>
      not(exists(selectFrom('recordings as r').select('r.recording_id').whereRef('r.call_id', '=', 'c.call_id').where('r.ended_at_ms', '>', toMs))),
    )
  if (orgId !== undefined) query = query.where('c.org_id', '=', orgId)
  if (after !== undefined) {
    const { timeZeroMs, callId, ownerId } = after
    query = query.where((eb) =>
      eb.or([
        eb('c.time_zero_ms', '>', timeZeroMs),
        eb.and([
          eb('c.time_zero_ms', '=', timeZeroMs),
          eb.or([eb('c.call_id', '>', callId), eb.and([eb('c.call_id', '=', callId), eb('l.owner_id', '>', ownerId)])]),
        ]),
      ]),
    )
  }
  const rows = await query.orderBy('c.time_zero_ms').orderBy('c.call_id').orderBy('l.owner_id').limit(limit).execute()
  return rows.flatMap((row) => (row.time_zero_ms === null ? [] : [{ callId: row.call_id, ownerId: row.owner_id, timeZeroMs: row.time_zero_ms }]))
}
