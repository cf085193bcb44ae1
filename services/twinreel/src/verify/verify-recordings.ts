import { segmentRows } from '@twinreel/catalog/recorder'
import type { Catalog } from '@twinreel/catalog/open'
import type { RecordingRow } from '@twinreel/catalog/tables'
import type { ObjectStore } from '@twinreel/object-store/port'
import type { ManifestKeys } from '@twinreel/recording/manifest-signature'
import { inOrder } from '../in-order.ts'
import { allPages } from '../pages.ts'
import { unknownRecording } from '../unknown-recording.ts'
import { checkRecording } from './check-recording.ts'
import type { Problem } from './problem.ts'
import type { Place } from '../place.ts'

export interface VerifyResult {
  recordingId: string
  ok: boolean
  problems: readonly Problem[]
}

export interface VerifyOptions {
  place: Place
  /** Of whom manifests may be signed. */
  keys: ManifestKeys
  /** None: all. */
  recordingIds: readonly string[]
  /** Told of every recording that was asked for by name and is under way, deleted or being deleted. */
  leftOut(recordingId: string, why: string): void
}

const AT_ONCE = 4

/** Reads finished recordings again, a few at a time, by id or in the order named. Throws `CommandError` for an unknown id. */
export async function* verifyRecordings({ catalog, store }: { catalog: Catalog; store: ObjectStore }, options: VerifyOptions): AsyncGenerator<VerifyResult> {
  const found = options.recordingIds.length === 0 ? finished(catalog) : named(catalog, options)
  for await (const result of inOrder(found, AT_ONCE, (row) => verify({ catalog, store }, options.keys, row))) if (result !== null) yield result
}

async function verify({ catalog, store }: { catalog: Catalog; store: ObjectStore }, keys: ManifestKeys, row: RecordingRow): Promise<VerifyResult | null> {
  const recordingId = row.recording_id
  try {
    const problems = await checkRecording(store, keys, row, await segmentRows(catalog, recordingId))
    if (problems.length === 0 || !(await isGoing(catalog, recordingId))) return { recordingId, ok: problems.length === 0, problems }
  } catch (error) {
    if (!(await isGoing(catalog, recordingId))) throw error
  }
  return null
}

/** Whether it was claimed for deletion while it was read: what is missing then is not missed. */
async function isGoing(catalog: Catalog, recordingId: string): Promise<boolean> {
  const row = await catalog.db.selectFrom('recordings').select('claimed_at_ms').where('recording_id', '=', recordingId).executeTakeFirst()
  return (row?.claimed_at_ms ?? null) !== null
}

function finished(catalog: Catalog): AsyncGenerator<RecordingRow> {
  return allPages(
    ({ after, limit }: { after?: string; limit: number }) =>
      catalog.db
        .selectFrom('recordings')
        .selectAll()
        .where('ended_log_ms', 'is not', null)
        .where('claimed_at_ms', 'is', null)
        .where('recording_id', '>', after ?? '')
        .orderBy('recording_id')
        .limit(limit)
        .execute(),
    (row) => row.recording_id,
  )
}

async function* named(catalog: Catalog, { recordingIds, place, leftOut }: VerifyOptions): AsyncGenerator<RecordingRow> {
  const rows: RecordingRow[] = []
  for (const recordingId of new Set(recordingIds)) {
    const row = await catalog.db.selectFrom('recordings').selectAll().where('recording_id', '=', recordingId).executeTakeFirst()
    if (row === undefined) throw unknownRecording(recordingId, place)
    if (row.ended_log_ms === null) leftOut(recordingId, 'is not finished')
    else if (row.claimed_at_ms !== null) leftOut(recordingId, row.purged_at_ms === null ? 'is being deleted' : 'was deleted')
    else rows.push(row)
  }
  yield* rows
}
