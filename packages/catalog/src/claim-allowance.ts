import type { Transaction } from 'kysely'
import { dueCause, unplannedCause } from '@twinreel/recording/brake'
import type { RetentionVerdict } from '@twinreel/recording/retention'
import { inTurn } from './dialect.ts'
import type { Catalog } from './open.ts'
import { haltedAmong } from './retention-halts.ts'
import type { DecidingRow } from './retention-facts.ts'
import { inRows } from './rows.ts'
import type { Tables } from './tables.ts'

/** Under this the ceiling of what nothing explains stands; rows say which of the two it was. */
export const UNEXPLAINED = 'unexplained'
const UNEXPLAINED_CAUSES: readonly string[] = ['moved', 'late']

/** What may be claimed of one organization, as it was judged before. */
export interface Allowance {
  caughtUpMs: number | null
  /** Recordings in all. */
  room: number
  /** A confirmed halt, and when it was confirmed: what nothing explains and was due by then is claimed under it. */
  confirmed: { haltId: string; atMs: number } | null
  /** By claim cause, how many recordings may ever have been claimed under it. What has no ceiling may not be claimed. */
  ceilings: ReadonlyMap<string, number>
}

export type Allowances = ReadonlyMap<string, Allowance>

/** What is due may be claimed, under a cause that is counted or under none; or it is left for a later run, others of the organization with it or not. */
export type Permission = { kind: 'claim'; cause: string | null } | { kind: 'left'; isAlone: boolean }

type DueVerdict = Extract<RetentionVerdict, { kind: 'due' }>

/**
 * Says of one recording after the other, within a transaction that claims, whether it may be claimed. What was claimed before is counted in here, so
 * of two workers that judged alike the second finds what the first took.
 */
export async function openAllowances(
  catalog: Catalog,
  tx: Transaction<Tables>,
  orgIds: readonly string[],
  allowances: Allowances,
): Promise<(row: DecidingRow, verdict: DueVerdict) => Permission> {
  const counted = orgIds.filter((orgId) => (allowances.get(orgId)?.ceilings.size ?? 0) > 0)
  await inTurn(catalog.dialect, tx, 'org', counted)
  const halted = await haltedAmong(tx, orgIds)
  const taken = await claimedByCause(tx, counted, [...new Set(counted.flatMap((orgId) => [...(allowances.get(orgId)?.ceilings.keys() ?? [])]))])
  const rooms = new Map(orgIds.map((orgId) => [orgId, allowances.get(orgId)?.room ?? 0]))

  function takes(orgId: string, allowance: Allowance, cause: string): boolean {
    const key = takenKey(orgId, cause)
    const before = taken.get(key) ?? 0
    if (before >= (allowance.ceilings.get(cause) ?? 0)) return false
    taken.set(key, before + 1)
    return true
  }

  function causeOf(row: DecidingRow, { dueAtMs, why }: DueVerdict, allowance: Allowance): Permission {
    const { caughtUpMs, confirmed } = allowance
    const isMoved = row.tier_since_ms !== null && row.ended_log_ms !== null && row.ended_log_ms < row.tier_since_ms
    const planned = dueCause({ dueAtMs, why, isMoved, changeId: row.tier_change, caughtUpMs })
    if (planned.kind === 'planned' && takes(row.org_id, allowance, planned.changeId)) return { kind: 'claim', cause: planned.changeId }
    const cause = planned.kind === 'planned' ? unplannedCause({ dueAtMs, isMoved, caughtUpMs }) : planned
    if (cause.kind === 'in-course' || cause.kind === 'asked') return { kind: 'claim', cause: null }
    const haltId = confirmed !== null && dueAtMs <= confirmed.atMs ? confirmed.haltId : null
    // What became due after the confirmation stands in nobody's way.
    if (!takes(row.org_id, allowance, haltId ?? UNEXPLAINED)) return { kind: 'left', isAlone: confirmed !== null && haltId === null }
    return { kind: 'claim', cause: haltId ?? cause.kind }
  }

  return (row, verdict) => {
    const allowance = allowances.get(row.org_id)
    const room = rooms.get(row.org_id) ?? 0
    if (allowance === undefined || room <= 0 || halted.has(row.org_id)) return { kind: 'left', isAlone: false }
    const permission = causeOf(row, verdict, allowance)
    if (permission.kind === 'claim') rooms.set(row.org_id, room - 1)
    return permission
  }
}

/** How many recordings were ever claimed under these causes, by organization and cause; what nothing explained is one. */
export async function claimedByCause(db: Catalog['db'], orgIds: readonly string[], causes: readonly string[]): Promise<Map<string, number>> {
  const taken = new Map<string, number>()
  const asked = causes.flatMap((cause) => (cause === UNEXPLAINED ? UNEXPLAINED_CAUSES : [cause]))
  for (const orgs of inRows(orgIds)) {
    for (const some of inRows(asked)) {
      const rows = await db
        .selectFrom('recordings')
        .select(['org_id', 'claim_cause', ({ fn }) => fn.countAll().as('count')])
        .where('org_id', 'in', orgs)
        .where('claim_cause', 'in', some)
        .where('claim_cause', 'is not', null)
        .groupBy(['org_id', 'claim_cause'])
        .execute()
      for (const { org_id, claim_cause, count } of rows) {
        const key = takenKey(org_id, claim_cause !== null && UNEXPLAINED_CAUSES.includes(claim_cause) ? UNEXPLAINED : (claim_cause ?? ''))
        taken.set(key, (taken.get(key) ?? 0) + Number(count))
      }
    }
  }
  return taken
}

export function takenKey(orgId: string, cause: string): string {
  return `${orgId}/${cause}`
}
