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

const FOUND_AT_ONCE = 10_000

/**
 * Marks what deletions in force reach and that came to be after their requests: recordings of an erased user begun by calls that had been
 * answered before, and recordings that were deleted while they were live and that a fold made again in a rebuilt catalog. Returns how many.
 * Runs before each look for what is due.
 */
export async function markLateDeletions(catalog: Catalog): Promise<number> {
  const sinceMs = (await catalog.nowMs()) - FOUND_AGAIN_MS
  let marked = 0
  for (;;) {
    const found = await erasedOf(requestsFirst(catalog.db))
      .unionAll(foundAgain(requestsFirst(catalog.db), sinceMs))
      .limit(FOUND_AT_ONCE)
      .execute()
    let now = 0
    for (const batch of inRows(found)) {
      const [ids, owners] = [batch.map((row) => row.recording_id), batch.map((row) => row.owner_id)]
      now += await unlessRebuilding(catalog, async (tx) => {
        await inTurn(catalog.dialect, tx, 'owner', owners)
        // Asked again: somebody may have restored the recording, or switched the user on again, since.
        const still = erasedOf(together(tx))
          .where('r.recording_id', 'in', ids)
          .union(foundAgain(together(tx), sinceMs).where('r.recording_id', 'in', ids))
        return mark(tx, await still.execute())
      })
    }
    marked += now
    // What is marked is not found again.
    if (now === 0) return marked
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
  await mark(tx, await erasedOf(together(tx)).where('r.owner_id', '=', userId).execute())
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

type Joined = ReturnType<typeof together>

function together(db: Kysely<Tables>) {
  return db.selectFrom(['deletions as d', 'recordings as r'])
}

/** SQLite keeps the order of a cross join: by itself it goes through all recordings, ten thousand in a tenth of a second, and nothing else happens meanwhile. */
function requestsFirst(db: Kysely<Tables>): Joined {
  return db.selectFrom('deletions as d').crossJoin('recordings as r')
}

/** Recordings of erased users that are not marked. */
function erasedOf(joined: Joined) {
  return joined
    .whereRef('r.owner_id', '=', 'd.subject_id')
    .whereRef('r.org_id', '=', 'd.org_id')
    .select(['r.recording_id', 'r.owner_id', 'd.deletion_id', 'd.due_at_ms'])
    .where('d.subject', '=', 'user')
    .where('d.restored_at_ms', 'is', null)
    .where('r.deletion_id', 'is', null)
    .where('r.claimed_at_ms', 'is', null)
}

/** Deleted recordings that are not marked. */
function foundAgain(joined: Joined, sinceMs: number) {
  return joined
    .whereRef('r.recording_id', '=', 'd.subject_id')
    .whereRef('r.org_id', '=', 'd.org_id')
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
