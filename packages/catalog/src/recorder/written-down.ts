import type { WrittenDown } from '@twinreel/recording/session/log-loss'
import type { Catalog } from '../open.ts'
import { inRows } from '../rows.ts'

/** Of each of these calls, what is written down of recordings that go on, and whose policies applied. */
export async function writtenDown(catalog: Catalog, callIds: readonly string[]): Promise<Map<string, WrittenDown>> {
  const byCall = new Map<string, WrittenDown>()
  for (const ids of inRows(callIds)) {
    const recordings = await catalog.db
      .selectFrom('recordings as r')
      .leftJoin('segments as s', 's.recording_id', 'r.recording_id')
      .select(['r.call_id', 'r.recording_id', 'r.owner_id', 'r.ordinal', 'r.provisional', 'r.started_at_ms'])
      .select((eb) => [
        eb.fn.count('s.segment_index').as('segments'),
        eb.fn.coalesce(eb.fn.sum(eb('s.to_ms', '-', eb.ref('s.from_ms'))), eb.lit(0)).as('captured_ms'),
        eb.fn.max('s.to_ms').as('sealed_ms'),
      ])
      .where('r.call_id', 'in', ids)
      .where('r.ended_log_ms', 'is', null)
      .groupBy(['r.call_id', 'r.recording_id', 'r.owner_id', 'r.ordinal', 'r.provisional', 'r.started_at_ms'])
      .orderBy('r.recording_id')
      .execute()
    const owners = await catalog.db
      .selectFrom('policies')
      .select(['call_id', 'owner_id'])
      .distinct()
      .where('call_id', 'in', ids)
      .where('owner_id', 'is not', null)
      .orderBy('owner_id')
      .execute()
    for (const callId of ids)
      byCall.set(callId, {
        recordings: recordings
          .filter((row) => row.call_id === callId)
          .map((row) => ({
            recordingId: row.recording_id,
            ownerId: row.owner_id,
            ordinal: row.ordinal,
            kept: row.provisional === 0,
            startedAtMs: row.started_at_ms,
            segments: Number(row.segments),
            capturedMs: Number(row.captured_ms),
            sealedMs: row.sealed_ms,
          })),
        ownerIds: owners.flatMap((row) => (row.call_id === callId && row.owner_id !== null ? [row.owner_id] : [])),
      })
  }
  return byCall
}
