import type { Catalog } from './open.ts'
import { inRows } from './rows.ts'

/** Where objects of a recording lie, by its row. */
export interface StoredPlace {
  recordingId: string
  orgId: string
  ownerId: string
}

/** Of these recordings, those of which a row names an object: of what was over before a first piece was sealed there may be none. */
export async function storedPlaces({ db }: Catalog, recordingIds: readonly string[]): Promise<StoredPlace[]> {
  const found: StoredPlace[] = []
  for (const ids of inRows(recordingIds)) {
    const rows = await db
      .selectFrom('recordings as r')
      .select(['r.recording_id as recordingId', 'r.org_id as orgId', 'r.owner_id as ownerId'])
      .where('r.recording_id', 'in', ids)
      .where((eb) =>
        eb.or([
          eb('r.manifest_key', 'is not', null),
          eb.exists(eb.selectFrom('segments as s').select('s.segment_index').whereRef('s.recording_id', '=', 'r.recording_id')),
        ]),
      )
      .execute()
    found.push(...rows)
  }
  return found
}

/** Whether nobody is about to delete it. */
export async function isKept({ db }: Catalog, recordingId: string): Promise<boolean> {
  const row = await db
    .selectFrom('recordings')
    .select('recording_id')
    .where('recording_id', '=', recordingId)
    .where('claimed_at_ms', 'is', null)
    .executeTakeFirst()
  return row !== undefined
}

/** Some recordings that have ended and that nobody is about to delete, from both ends of the owners' ids: their manifests must be in the store. */
export async function keptPlaces({ db }: Catalog, someOfEach: number): Promise<StoredPlace[]> {
  const from = (order: 'asc' | 'desc') =>
    db
      .selectFrom('recordings')
      .select(['recording_id as recordingId', 'org_id as orgId', 'owner_id as ownerId'])
      .where('claimed_at_ms', 'is', null)
      .where('manifest_key', 'is not', null)
      .orderBy('owner_id', order)
      .orderBy('ended_log_ms', order)
      .orderBy('recording_id', order)
      .limit(someOfEach)
      .execute()
  const both = [...(await from('asc')), ...(await from('desc'))]
  return [...new Map(both.map((place) => [place.recordingId, place])).values()]
}
