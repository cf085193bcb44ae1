import type { BrakeLimits } from '@twinreel/recording/brake'
import { checkedBecause, type Because } from './accounts/change.ts'
import { refuseClockBehind } from './accounts/clock-behind.ts'
import { inTurn } from './dialect.ts'
import { unlessRebuilding } from './journal/rebuilding.ts'
import type { Catalog } from './open.ts'
import { listHalts, type RetentionHalt } from './retention-halts.ts'
import { weighOrgAt } from './weigh-org.ts'

/** A halt can't be confirmed so: there is none, it is confirmed already, another number would go, or nothing unusual. */
export class HaltError extends Error {
  /** How many recordings would go unexplained now, where that is what is wrong. */
  readonly actual: number | null
  constructor(message: string, actual: number | null = null) {
    super(message)
    this.name = 'HaltError'
    this.actual = actual
  }
}

/**
 * Lets the recordings go that are due unexplained at this moment, by the catalog's clock and judged as a run with the same limits would. Throws `HaltError` when
 * they are not `count`, whatever the last run counted, or nothing unusual, and an `AccountError` when the clock is behind that of the last run.
 */
export async function confirmHalt(catalog: Catalog, input: Because & { orgId: string; count: number; limits: BrakeLimits }): Promise<RetentionHalt> {
  const { actor, reason } = checkedBecause(input)
  const { orgId, count, limits } = input
  return unlessRebuilding(catalog, async (tx) => {
    await inTurn(catalog.dialect, tx, 'org', [orgId])
    const [halt] = await listHalts(tx, { orgId })
    if (halt === undefined) throw new HaltError(`retention is not halted for organization ${orgId}`)
    if (halt.confirmed !== null) throw new HaltError(`the halt of organization ${orgId} is confirmed already, for ${halt.confirmed.count} recordings`)
    const nowMs = await catalog.nowMs(tx)
    await refuseClockBehind(tx, nowMs)
    const { unexplained, isUnusual } = await weighOrgAt({ ...catalog, db: tx }, orgId, { nowMs, limits })
    const counted = `${unexplained} recordings of organization ${orgId} would go unexplained now; the last run counted ${halt.dueCount}`
    if (!isUnusual) throw new HaltError(`${counted}. That is nothing unusual: the next run lifts the halt and deletes them; nothing is confirmed`, unexplained)
    if (unexplained !== count)
      throw new HaltError(`${counted}${changed(unexplained - halt.dueCount)}. Confirmed were ${count}: nothing is confirmed`, unexplained)
    const confirmed = { confirmed_count: count, confirmed_at_ms: nowMs, confirmed_by: actor, confirm_reason: reason }
    await tx.updateTable('retention_halts').set(confirmed).where('halt_id', '=', halt.haltId).execute()
    return { ...halt, confirmed: { count, atMs: nowMs, by: actor, reason } }
  })
}

function changed(by: number): string {
  return by === 0 ? '' : by > 0 ? ` (${by} more since)` : ` (${-by} fewer since)`
}
