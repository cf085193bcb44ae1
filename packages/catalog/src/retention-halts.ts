import type { Transaction } from 'kysely'
import { inTurn } from './dialect.ts'
import type { Catalog } from './open.ts'
import type { RetentionHaltRow, Tables } from './tables.ts'
import { transact } from './transaction.ts'

/** Retention deletes nothing of an organization, because unusually much of it would go and nothing explains that; or may, as confirmed. */
export interface RetentionHalt {
  haltId: string
  orgId: string
  haltedAtMs: number
  /** What would go unexplained, and how many recordings there are, at the last run. */
  dueCount: number
  totalCount: number
  confirmed: { count: number; atMs: number; by: string; reason: string } | null
  liftedAtMs: number | null
}

/** Halts in force, or all there were, in the order they came. */
export async function listHalts(db: Catalog['db'], { orgId, all = false }: { orgId?: string; all?: boolean } = {}): Promise<RetentionHalt[]> {
  let query = db.selectFrom('retention_halts').selectAll()
  if (!all) query = query.where('lifted_at_ms', 'is', null)
  if (orgId !== undefined) query = query.where('org_id', '=', orgId)
  return (await query.orderBy('halted_at_ms').orderBy('halt_id').execute()).map(haltOf)
}

/** Organizations that retention is halted for and nobody has confirmed. */
export async function countHalted({ db }: Catalog): Promise<number> {
  const row = await db
    .selectFrom('retention_halts')
    .select(({ fn }) => fn.countAll().as('count'))
    .where('lifted_at_ms', 'is', null)
    .where('confirmed_count', 'is', null)
    .executeTakeFirst()
  return Number(row?.count ?? 0)
}

/** Halts an organization, or says of its halt what it stands for now. One that was confirmed meanwhile stays as it is. */
export async function putHalt(catalog: Catalog, { orgId, dueCount, totalCount }: Pick<RetentionHalt, 'orgId' | 'dueCount' | 'totalCount'>): Promise<void> {
  await transact(catalog, async (tx) => {
    await inTurn(catalog.dialect, tx, 'org', [orgId])
    const [halt] = await listHalts(tx, { orgId })
    const counts = { due_count: dueCount, total_count: totalCount }
    if (halt === undefined)
      await tx
        .insertInto('retention_halts')
        .values(await newHalt(catalog, tx, { org_id: orgId, ...counts }))
        .execute()
    else if (halt.confirmed === null && (halt.dueCount !== dueCount || halt.totalCount !== totalCount))
      await tx.updateTable('retention_halts').set(counts).where('halt_id', '=', halt.haltId).execute()
  })
}

async function newHalt(
  catalog: Catalog,
  tx: Transaction<Tables>,
  about: Pick<RetentionHaltRow, 'org_id' | 'due_count' | 'total_count'>,
): Promise<RetentionHaltRow> {
  return {
    halt_id: catalog.newId(),
    halted_at_ms: await catalog.nowMs(tx),
    ...about,
    confirmed_count: null,
    confirmed_at_ms: null,
    confirmed_by: null,
    confirm_reason: null,
    lifted_at_ms: null,
  }
}

/** The organization's recordings may go again. */
export async function liftHalt(catalog: Catalog, haltId: string): Promise<void> {
  await transact(catalog, async (tx) => {
    const lifted_at_ms = await catalog.nowMs(tx)
    await tx.updateTable('retention_halts').set({ lifted_at_ms }).where('halt_id', '=', haltId).where('lifted_at_ms', 'is', null).execute()
  })
}

/** Of these organizations, those that nothing may be claimed of. */
export async function haltedAmong(tx: Transaction<Tables>, orgIds: readonly string[]): Promise<Set<string>> {
  if (orgIds.length === 0) return new Set()
  const rows = await tx
    .selectFrom('retention_halts')
    .select('org_id')
    .where('lifted_at_ms', 'is', null)
    .where('confirmed_count', 'is', null)
    .where('org_id', 'in', orgIds)
    .execute()
  return new Set(rows.map((row) => row.org_id))
}

function haltOf(row: RetentionHaltRow): RetentionHalt {
  const { confirmed_count: count, confirmed_at_ms: atMs, confirmed_by: by, confirm_reason: reason } = row
  return {
    haltId: row.halt_id,
    orgId: row.org_id,
    haltedAtMs: row.halted_at_ms,
    dueCount: row.due_count,
    totalCount: row.total_count,
    confirmed: count === null || atMs === null || by === null || reason === null ? null : { count, atMs, by, reason },
    liftedAtMs: row.lifted_at_ms,
  }
}
