import type { Kysely, Transaction } from 'kysely'
import type { Because } from './accounts/change.ts'
import { inTurn } from './dialect.ts'
import { unlessRebuilding } from './journal/rebuilding.ts'
import type { Catalog } from './open.ts'
import { inRows } from './rows.ts'
import type { Tables } from './tables.ts'
import { valuesTable } from './values-table.ts'

/** Longer than a call may last and recorders may be away: so long after its request a deletion may find its recording again. */
const FOUND_AGAIN_MS = 30 * 24 * 3_600_000

const BATCH = 500

/**
 * Marks what deletions in force reach and that came to be after their requests: recordings of an erased user begun by calls that had been
 * answered before, and recordings that were deleted while they were live and that a fold made again in a rebuilt catalog. Returns how many.
 * Runs before each look for what is due.
 */
export async function markLateDeletions(catalog: Catalog): Promise<number> {
  const sinceMs = (await catalog.nowMs()) - FOUND_AGAIN_MS
  let marked = 0
  for (let afterId = ''; ;) {
    const erased = erasedOf(catalog.db).where('r.recording_id', '>', afterId)
    const again = foundAgain(catalog.db, sinceMs).where('r.recording_id', '>', afterId)
    const found = await erased.union(again).orderBy('recording_id').limit(BATCH).execute()
    const last = found.at(-1)
    if (last === undefined) return marked
    const [ids, owners] = [found.map((row) => row.recording_id), found.map((row) => row.owner_id)]
    marked += await unlessRebuilding(catalog, async (tx) => {
      await inTurn(catalog.dialect, tx, 'owner', owners)
      // Asked again: somebody may have restored the recording, or switched the user on again, since.
      const now = erasedOf(tx)
        .where('r.recording_id', 'in', ids)
        .union(foundAgain(tx, sinceMs).where('r.recording_id', 'in', ids))
      return mark(tx, await now.execute())
    })
    afterId = last.recording_id
  }
}

/**
 * Recording is switched on again for a user: what calls begin from now on is no part of an erasure that was asked for before. What it
 * reached until now goes. The caller holds the user's row.
 */
export async function endErasures(catalog: Catalog, tx: Transaction<Tables>, userId: string, { actor, reason }: Because): Promise<void> {
  const inForce = await tx
    .selectFrom('deletions')
    .select('deletion_id')
    .where('subject', '=', 'user')
    .where('subject_id', '=', userId)
    .where('restored_at_ms', 'is', null)
    .execute()
  if (inForce.length === 0) return
  await inTurn(catalog.dialect, tx, 'owner', [userId])
  await mark(tx, await erasedOf(tx).where('r.owner_id', '=', userId).execute())
  await tx
    .updateTable('deletions')
    .set({ restored_at_ms: await catalog.nowMs(tx), restored_by: actor, restore_reason: reason })
    .where(
      'deletion_id',
      'in',
      inForce.map((row) => row.deletion_id),
    )
    .execute()
}

/** Recordings of erased users that are not marked. */
function erasedOf(db: Kysely<Tables>) {
  return db
    .selectFrom('deletions as d')
    .innerJoin('recordings as r', (join) => join.onRef('r.owner_id', '=', 'd.subject_id').onRef('r.org_id', '=', 'd.org_id'))
    .select(['r.recording_id', 'r.owner_id', 'd.deletion_id', 'd.due_at_ms'])
    .where('d.subject', '=', 'user')
    .where('d.restored_at_ms', 'is', null)
    .where('r.deletion_id', 'is', null)
    .where('r.claimed_at_ms', 'is', null)
}

/** Deleted recordings that are not marked. */
function foundAgain(db: Kysely<Tables>, sinceMs: number) {
  return db
    .selectFrom('deletions as d')
    .innerJoin('recordings as r', (join) => join.onRef('r.recording_id', '=', 'd.subject_id').onRef('r.org_id', '=', 'd.org_id'))
    .select(['r.recording_id', 'r.owner_id', 'd.deletion_id', 'd.due_at_ms'])
    .where('d.subject', '=', 'recording')
    .where('d.requested_at_ms', '>=', sinceMs)
    .where('d.restored_at_ms', 'is', null)
    .where('r.deletion_id', 'is', null)
    .where('r.claimed_at_ms', 'is', null)
}

async function mark(tx: Transaction<Tables>, rows: readonly { recording_id: string; deletion_id: string; due_at_ms: number }[]): Promise<number> {
  const marks = [...new Map(rows.map(({ recording_id, deletion_id, due_at_ms }) => [recording_id, { recording_id, deletion_id, due_at_ms }])).values()]
  for (const batch of inRows(marks)) {
    await tx
      .updateTable('recordings')
      .from(valuesTable('v', { recording_id: 'text', deletion_id: 'text', due_at_ms: 'bigint' }, batch))
      .set((eb) => ({ deletion_id: eb.ref('v.deletion_id'), deletion_due_ms: eb.ref('v.due_at_ms') }))
      .whereRef('recordings.recording_id', '=', 'v.recording_id')
      .execute()
  }
  return marks.length
}
