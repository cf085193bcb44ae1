import type { Candidate } from '@twinreel/call-records/match'
import type { KnownUser } from '@twinreel/call-records/captured-call'
import { storedRules } from './accounts/organizations.ts'
import { parsedSettings } from './accounts/show.ts'
import type { Catalog } from './open.ts'
import { inRows } from './rows.ts'
import type { CallRow } from './tables.ts'
import { valuesTable } from './values-table.ts'

/** A call by what it can be found by. */
export interface NamedCall {
  callId: string
  orgId: string
  correlationId: string | null
  timeZeroMs: number | null
  endedLogMs: number | null
  ownerIds: readonly string[]
}

/** Calls with one of these ids, or of one of these correlations. */
export async function callsNamed(
  catalog: Catalog,
  { callIds, correlationIds, orgId }: { callIds: readonly string[]; correlationIds: readonly string[]; orgId?: string | undefined },
): Promise<NamedCall[]> {
  const rows = new Map<string, CallRow>()
  const columns = [
    ['call_id', callIds],
    ['correlation_id', correlationIds],
  ] as const
  for (const [column, values] of columns) {
    for (const ids of inRows(values)) {
      const found = await catalog.db
        .selectFrom('calls')
        .selectAll()
        .where(column, 'in', ids)
        .$if(orgId !== undefined, (query) => query.where('org_id', '=', orgId ?? ''))
        .execute()
      for (const row of found) rows.set(row.call_id, row)
    }
  }
  const owners = await ownersOf(catalog, [...rows.keys()])
  return [...rows.values()].map((row) => ({
    callId: row.call_id,
    orgId: row.org_id,
    correlationId: row.correlation_id,
    timeZeroMs: row.time_zero_ms,
    endedLogMs: row.ended_log_ms,
    ownerIds: [...(owners.get(row.call_id) ?? [])],
  }))
}

/** Of a call that is not closed yet, those with a recording. */
async function ownersOf(catalog: Catalog, callIds: readonly string[]): Promise<Map<string, Set<string>>> {
  const owners = new Map<string, Set<string>>()
  for (const ids of inRows(callIds)) {
    const rows = [
      ...(await catalog.db.selectFrom('ledger').select(['call_id', 'owner_id']).where('call_id', 'in', ids).execute()),
      ...(await catalog.db.selectFrom('recordings').select(['call_id', 'owner_id']).where('call_id', 'in', ids).execute()),
    ]
    for (const row of rows) owners.set(row.call_id, (owners.get(row.call_id) ?? new Set()).add(row.owner_id))
  }
  return owners
}

/** A user, and when he may have been in a call: `key` is the asker's. */
export interface WhoAndWhen {
  key: number
  ownerId: string
  fromMs: number
  toMs: number
}

/** By key: this user's calls that were answered in that time, or in which a recording of his began then. */
export async function callsOfOwners(catalog: Catalog, asked: readonly WhoAndWhen[], orgId?: string): Promise<Map<number, Candidate[]>> {
  const found = new Map<number, Map<string, Candidate>>()
  const keep = (key: number, row: { call_id: string; time_zero_ms: number | null; ended_log_ms: number | null }, startMs: number | null): void => {
    const calls = found.get(key) ?? new Map<string, Candidate>()
    found.set(key, calls)
    const known = calls.get(row.call_id)
    const startsMs = startMs === null ? [] : [startMs]
    calls.set(row.call_id, {
      callId: row.call_id,
      timeZeroMs: row.time_zero_ms,
      endedLogMs: row.ended_log_ms,
      startsMs: [...(known?.startsMs ?? []), ...startsMs],
      hasOwner: true,
    })
  }
  for (const batch of inRows(asked)) {
    const listed = batch.map(({ key, ownerId, fromMs, toMs }) => ({ asked_as: key, asked_owner: ownerId, from_ms: fromMs, to_ms: toMs }))
    const kinds = { asked_as: 'bigint', asked_owner: 'text', from_ms: 'bigint', to_ms: 'bigint' } as const
    const answered = await catalog.db
      .selectFrom(valuesTable('v', kinds, listed))
      .innerJoin('calls as c', (join) => join.onRef('c.time_zero_ms', '>=', 'v.from_ms').onRef('c.time_zero_ms', '<=', 'v.to_ms'))
      .innerJoin('ledger as l', (join) => join.onRef('l.call_id', '=', 'c.call_id').onRef('l.owner_id', '=', 'v.asked_owner'))
      .select(['v.asked_as', 'c.call_id', 'c.time_zero_ms', 'c.ended_log_ms'])
      .where('c.time_zero_ms', 'is not', null)
      .$if(orgId !== undefined, (query) => query.where('c.org_id', '=', orgId ?? ''))
      .execute()
    for (const row of answered) keep(row.asked_as, row, null)
    const begun = await catalog.db
      .selectFrom(valuesTable('v', kinds, listed))
      .innerJoin('recordings as r', (join) =>
        join.onRef('r.started_at_ms', '>=', 'v.from_ms').onRef('r.started_at_ms', '<=', 'v.to_ms').onRef('r.owner_id', '=', 'v.asked_owner'),
      )
      .innerJoin('calls as c', 'c.call_id', 'r.call_id')
      .select(['v.asked_as', 'c.call_id', 'c.time_zero_ms', 'c.ended_log_ms', 'r.started_at_ms'])
      .where('r.provisional', '=', 0)
      .$if(orgId !== undefined, (query) => query.where('c.org_id', '=', orgId ?? ''))
      .execute()
    for (const row of begun) keep(row.asked_as, row, row.started_at_ms)
  }
  return new Map([...found].map(([key, calls]) => [key, [...calls.values()]]))
}

/** By name: the users of whom this is the user id, else those of whose account it is the external identifier; one name may be that of several. */
export async function usersNamed(catalog: Catalog, names: readonly string[], orgId?: string): Promise<Map<string, readonly string[]>> {
  const found = new Map<string, string[]>()
  for (const batch of inRows(names)) {
    const users = await catalog.db
      .selectFrom('users')
      .select('user_id')
      .where('user_id', 'in', batch)
      .$if(orgId !== undefined, (query) => query.where('org_id', '=', orgId ?? ''))
      .execute()
    for (const { user_id: userId } of users) found.set(userId, [userId])
    const others = batch.filter((name) => !found.has(name))
    if (others.length === 0) continue
    const accounts = await catalog.db
      .selectFrom('accounts')
      .select(['user_id', 'external_identifier'])
      .where('external_identifier', 'in', others)
      .$if(orgId !== undefined, (query) => query.where('org_id', '=', orgId ?? ''))
      .execute()
    for (const row of accounts) found.set(row.external_identifier, [...(found.get(row.external_identifier) ?? []), row.user_id])
  }
  return found
}

/** By key: a user at a moment. `never` when recording, or the organization, was off then. */
export async function usersAt(catalog: Catalog, asked: readonly { key: number; userId: string; atMs: number }[]): Promise<Map<number, KnownUser>> {
  const found = new Map<number, KnownUser>()
  for (const batch of inRows(asked)) {
    const listed = batch.map(({ key, userId, atMs }) => ({ asked_as: key, asked_user: userId, at_ms: atMs }))
    const rows = await catalog.db
      .selectFrom(valuesTable('v', { asked_as: 'bigint', asked_user: 'text', at_ms: 'bigint' }, listed))
      .innerJoin('users as u', 'u.user_id', 'v.asked_user')
      .innerJoin('orgs as o', 'o.org_id', 'u.org_id')
      // The last one that began before the moment: a history's times never go back.
      .leftJoin('org_history as h', (join) =>
        join.onRef('h.org_id', '=', 'u.org_id').on((eb) =>
          eb(
            'h.sequence',
            '=',
            eb
              .selectFrom('org_history as earlier')
              .select((of) => of.fn.max('earlier.sequence').as('last'))
              .whereRef('earlier.org_id', '=', 'u.org_id')
              .whereRef('earlier.from_ms', '<=', 'v.at_ms'),
          ),
        ),
      )
      .leftJoin('settings_history as s', (join) =>
        join.onRef('s.user_id', '=', 'u.user_id').on((eb) =>
          eb(
            's.sequence',
            '=',
            eb
              .selectFrom('settings_history as earlier')
              .select((of) => of.fn.max('earlier.sequence').as('last'))
              .whereRef('earlier.user_id', '=', 'u.user_id')
              .whereRef('earlier.from_ms', '<=', 'v.at_ms'),
          ),
        ),
      )
      .select(['v.asked_as', 'u.user_id', 'u.org_id', 'o.rules', 'h.enabled', 'h.rules as rules_then', 's.settings'])
      .execute()
    for (const row of rows) {
      const settings = row.enabled === 1 ? parsedSettings(row.settings) : null
      found.set(row.asked_as, {
        userId: row.user_id,
        orgId: row.org_id,
        mode: settings?.mode ?? 'never',
        recordsEmergency: storedRules(row.rules_then ?? row.rules).recordEmergency,
      })
    }
  }
  return found
}
