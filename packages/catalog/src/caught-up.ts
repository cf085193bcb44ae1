import type { Catalog } from './open.ts'
import { inRows } from './rows.ts'
import { transact } from './transaction.ts'

/** A row is written again when it lies so far behind: what fell due less than this before the last run passes for due since then. */
const COARSE_MS = 10 * 60_000

/**
 * Notes that of every organization but `unfinished` all that was due at `nowMs` has been claimed. It never goes back. What an organization had due before,
 * and has again, was not due then: `dueCause` in packages/recording.
 */
export async function setCaughtUp(catalog: Catalog, nowMs: number, unfinished: ReadonlySet<string>): Promise<void> {
  const behind = await catalog.db
    .selectFrom('orgs as o')
    .leftJoin('retention_orgs as c', 'c.org_id', 'o.org_id')
    .select('o.org_id')
    .where((eb) => eb.or([eb('c.caught_up_ms', 'is', null), eb('c.caught_up_ms', '<=', nowMs - COARSE_MS)]))
    .execute()
  const finished = behind.filter(({ org_id }) => !unfinished.has(org_id))
  if (finished.length === 0) return
  await transact(catalog, async (tx) => {
    for (const batch of inRows(finished.toSorted((a, b) => (a.org_id < b.org_id ? -1 : 1)))) {
      await tx
        .insertInto('retention_orgs')
        .values(batch.map(({ org_id }) => ({ org_id, caught_up_ms: nowMs })))
        .onConflict((oc) => oc.column('org_id').doUpdateSet({ caught_up_ms: nowMs }).where('retention_orgs.caught_up_ms', '<', nowMs))
        .execute()
    }
  })
}

/** An operator says that a clock was ahead, and is right now: what was noted by it was true now as well. */
export async function forgetFuture({ db }: Catalog, nowMs: number): Promise<void> {
  await db.updateTable('retention_orgs').set({ caught_up_ms: nowMs }).where('caught_up_ms', '>', nowMs).execute()
}
