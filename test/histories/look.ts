import type { RecordingRow } from '@twinreel/catalog/tables'
import type { CompiledQuery } from 'kysely'
import { dueMs, whyItStays } from './reference.ts'
import type { World } from './world.ts'

/** Asked after each transaction, and built once. */
let asked: CompiledQuery<Pick<RecordingRow, 'recording_id' | 'due_at_ms' | 'purged_at_ms'>> | null = null

/** Asks the catalog what is claimed and purged by now, and whether each that is new may be. */
export async function lookAtCatalog({ catalog, happened, claimed, claimedDueMs, purged, time, seen, wrong }: World): Promise<void> {
  asked ??= catalog.db.selectFrom('recordings').select(['recording_id', 'due_at_ms', 'purged_at_ms']).where('claimed_at_ms', 'is not', null).compile()
  const { rows } = await catalog.db.executeQuery(asked)
  for (const { recording_id: recordingId, due_at_ms: dueAtMs, purged_at_ms: purgedAtMs } of rows) {
    const recording = happened.recordings.find((each) => each.recordingId === recordingId)
    if (purgedAtMs !== null && !purged.has(recordingId)) {
      purged.add(recordingId)
      if (recording !== undefined && dueMs(happened, recording) === Infinity) seen.add('purged though held or paid after the claim')
    }
    if (claimed.has(recordingId)) continue
    claimed.set(recordingId, time.trueMs)
    if (recording === undefined) {
      wrong.push(`${recordingId} was claimed, which nobody recorded`)
      continue
    }
    claimedDueMs.set(recordingId, dueMs(happened, recording))
    const why = whyItStays(happened, recording, time.trueMs)
    if (why !== null) wrong.push(`${recordingId} was claimed at ${iso(time.trueMs)}, though ${why}`)
    else if (dueAtMs !== dueMs(happened, recording))
      wrong.push(`${recordingId} is said to have been due at ${iso(dueAtMs)}, not ${iso(dueMs(happened, recording))}`)
  }
}

function iso(ms: number | null): string {
  return ms === null || !Number.isFinite(ms) ? 'no time' : new Date(ms).toISOString()
}
