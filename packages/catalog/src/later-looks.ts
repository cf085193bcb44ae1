import { inRows } from './rows.ts'
import type { Catalog } from './open.ts'
import { transact } from './transaction.ts'

/**
 * When the store is looked at again after a purge: a recorder that was frozen in the middle of a put finishes it whenever it goes on, and
 * no transaction stops that. Three looks for each purge, and one more after each that found something.
 */
const LOOKS_AFTER_MS = [10 * 60_000, 60 * 60_000, 24 * 3_600_000] as const
export const FIRST_LOOK_AFTER_MS = LOOKS_AFTER_MS[0]

/** A purged recording whose place in the store is to be looked at again. */
export interface DueLook {
  recordingId: string
  orgId: string
  ownerId: string
  dueMs: number
  /** How often it was looked at before. */
  looks: number
}

/** Looks that are due by the catalog's clock, oldest first, after `after`. */
export async function dueLooks(catalog: Catalog, options: { limit: number; after?: Pick<DueLook, 'dueMs' | 'recordingId'> }): Promise<DueLook[]> {
  const { limit, after } = options
  const nowMs = await catalog.nowMs()
  let query = catalog.db
    .selectFrom('recordings')
    .select(['recording_id as recordingId', 'org_id as orgId', 'owner_id as ownerId', 'next_look_ms', 'looks'])
    .where('next_look_ms', '<=', nowMs)
    // Of a row that somebody took back the objects may be there again, and are not to go.
    .where('purged_at_ms', 'is not', null)
  if (after !== undefined) {
    const { dueMs, recordingId } = after
    query = query.where((eb) => eb.or([eb('next_look_ms', '>', dueMs), eb.and([eb('next_look_ms', '=', dueMs), eb('recording_id', '>', recordingId)])]))
  }
  const rows = await query.orderBy('next_look_ms').orderBy('recording_id').limit(limit).execute()
  return rows.map(({ next_look_ms: dueMs, ...row }) => ({ ...row, dueMs: dueMs ?? nowMs }))
}

/** Notes looks that found nothing, or what they found deleted; the next ones are set. Looks that another worker noted meanwhile stay as they are. */
export async function recordLooks(catalog: Catalog, looked: readonly (DueLook & { found: boolean })[]): Promise<void> {
  if (looked.length === 0) return
  await transact(catalog, async (tx) => {
    const nowMs = await catalog.nowMs(tx)
    const alike = Map.groupBy(looked, ({ looks, found }) => `${looks}/${found}`)
    for (const same of alike.values()) {
      const [one] = same
      if (one === undefined) continue
      for (const batch of inRows(same)) {
        await tx
          .updateTable('recordings')
          .set({ next_look_ms: nextLookMs(one, nowMs), looks: one.found ? one.looks : one.looks + 1 })
          .where(
            'recording_id',
            'in',
            batch.map(({ recordingId }) => recordingId),
          )
          .where('looks', '=', one.looks)
          .where('next_look_ms', '<=', nowMs)
          .execute()
      }
    }
  })
}

/** Where something came more may come: that look does not count. */
function nextLookMs({ looks, found }: { looks: number; found: boolean }, nowMs: number): number | null {
  if (found) return nowMs + FIRST_LOOK_AFTER_MS
  const [before, after] = [LOOKS_AFTER_MS[looks], LOOKS_AFTER_MS[looks + 1]]
  return before === undefined || after === undefined ? null : nowMs + after - before
}
