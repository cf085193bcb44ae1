import type { Transaction } from 'kysely'
import type { Tables } from './tables.ts'

/** Of these recordings, those whose mark that somebody asked for their deletion is borne out by the request itself. */
export async function askedFor(tx: Transaction<Tables>, recordingIds: readonly string[]): Promise<Set<string>> {
  const rows = await tx
    .selectFrom('recordings as r')
    .innerJoin('deletions as d', (join) => join.onRef('d.deletion_id', '=', 'r.deletion_id').onRef('d.org_id', '=', 'r.org_id'))
    .select('r.recording_id')
    .where('r.recording_id', 'in', recordingIds)
    .whereRef('d.due_at_ms', '=', 'r.deletion_due_ms')
    .where((eb) =>
      eb.or([
        eb.and([eb('d.subject', '=', 'recording'), eb('d.subject_id', '=', eb.ref('r.recording_id')), eb('d.restored_at_ms', 'is', null)]),
        // An erasure that has ended lets go of nothing that it had reached.
        eb.and([eb('d.subject', '=', 'user'), eb('d.subject_id', '=', eb.ref('r.owner_id'))]),
      ]),
    )
    .execute()
  return new Set(rows.map((row) => row.recording_id))
}
