import { sql } from 'kysely'
import type { Catalog } from '../open.ts'

export interface KnownCall {
  /** Where it ended for good, in which log; `null` when it may go on, or was never heard of. */
  over: { offset: number; logIdentity: string } | null
  /** Recordings of it that have ended, purged ones too: their objects must not be made again. */
  endedRecordings: readonly string[]
}

/** What the catalog knows of a call that has no session. What only a manifest tells of is folded again, to complete its row, unless it is being deleted. */
export async function knownCall(catalog: Catalog, callId: string): Promise<KnownCall> {
  const { rows } = await sql<{ recording_id: string | null; over_offset: number | null; log_identity: string | null }>`
    select cast(null as text) as recording_id, over_offset, log_identity from calls where call_id = ${callId} and over_offset is not null
    union all
    select recording_id, null, null from recordings where call_id = ${callId} and ended_log_ms is not null and (from_manifest = 0 or claimed_at_ms is not null)`.execute(
    catalog.db,
  )
  const [over] = rows.flatMap(({ over_offset: offset, log_identity: logIdentity }) =>
    offset === null || logIdentity === null ? [] : [{ offset, logIdentity }],
  )
  return { over: over ?? null, endedRecordings: rows.flatMap(({ recording_id: id }) => (id === null ? [] : [id])) }
}
