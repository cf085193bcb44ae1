import type { Catalog } from './open.ts'
import { inRows } from './rows.ts'
import { transact } from './transaction.ts'

/** After a first refusal the next run tries again; after more it waits this long, twice as long each time, up to an hour. */
const FIRST_WAIT_MS = 60_000
export const LONGEST_WAIT_MS = 3_600_000

/** How long a claimed recording waits after the store refused for the `failures`th time to delete an object of it. */
export function retryAfterMs(failures: number): number {
  return failures <= 1 ? 0 : Math.min(FIRST_WAIT_MS * 2 ** (failures - 2), LONGEST_WAIT_MS)
}

/** Notes that the store refused to delete objects of these claimed recordings, and when that is to be tried again. */
export async function recordRefusals(catalog: Catalog, recordingIds: readonly string[]): Promise<void> {
  if (recordingIds.length === 0) return
  await transact(catalog, async (tx) => {
    const nowMs = await catalog.nowMs(tx)
    for (const ids of inRows(recordingIds.toSorted())) {
      const rows = await tx.selectFrom('recordings').select(['recording_id', 'purge_failures']).where('recording_id', 'in', ids).execute()
      for (const [before, alike] of Map.groupBy(rows, (row) => row.purge_failures ?? 0)) {
        await tx
          .updateTable('recordings')
          .set({ purge_failures: before + 1, retry_at_ms: nowMs + retryAfterMs(before + 1) })
          .where(
            'recording_id',
            'in',
            alike.map((row) => row.recording_id),
          )
          .where('purged_at_ms', 'is', null)
          .execute()
      }
    }
  })
}

/** Claimed recordings whose objects the store refused to delete, and that wait to be tried again. */
export async function waitingRetries(catalog: Catalog): Promise<number> {
  const nowMs = await catalog.nowMs()
  const row = await catalog.db
    .selectFrom('recordings')
    .select(({ fn }) => fn.countAll().as('count'))
    .where('claimed_at_ms', 'is not', null)
    .where('purged_at_ms', 'is', null)
    .where('retry_at_ms', '>', nowMs)
    .where('retry_at_ms', '<=', nowMs + LONGEST_WAIT_MS)
    .executeTakeFirst()
  return Number(row?.count ?? 0)
}
