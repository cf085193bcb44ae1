import type { Transaction } from 'kysely'
import type { RecorderChange } from '../recorder-changes.ts'
import { inRows, lastByKey, ofKind, type OfKind } from '../rows.ts'
import type { RecordingRow, Tables } from '../tables.ts'

const LIVE = ['recording', 'paused'] as const

/** In the order a recording lives: started, changed or kept, segments, ended. What has ended, or was purged since, is not touched again. */
export async function applyRecordings(tx: Transaction<Tables>, changes: readonly RecorderChange[], announce: (change: RecorderChange) => void): Promise<void> {
  await applyStarted(tx, ofKind(changes, 'recording.started'), announce)
  for (const change of ofKind(changes, 'recording.changed')) {
    const result = await tx
      .updateTable('recordings')
      .set({ status: change.status, last_mark: change.number })
      .where('recording_id', '=', change.recordingId)
      .where('last_mark', '<', change.number)
      .where('status', 'in', LIVE)
      .executeTakeFirst()
    if (result.numUpdatedRows > 0n) announce(change)
  }
  for (const change of ofKind(changes, 'recording.kept')) {
    await tx.updateTable('recordings').set({ provisional: 0 }).where('recording_id', '=', change.recordingId).where('status', 'in', LIVE).execute()
  }
  await applySegments(tx, ofKind(changes, 'segment'))
  for (const change of ofKind(changes, 'recording.ended')) {
    const result = await tx
      .updateTable('recordings')
      .set(endedColumns(change))
      .where('recording_id', '=', change.recordingId)
      .where('status', 'in', LIVE)
      .executeTakeFirst()
    if (result.numUpdatedRows > 0n) announce(change)
  }
}

async function applyStarted(
  tx: Transaction<Tables>,
  started: OfKind<RecorderChange, 'recording.started'>[],
  announce: (change: RecorderChange) => void,
): Promise<void> {
  const byId = new Map(started.map((change) => [change.recordingId, change]))
  for (const changes of inRows([...byId.values()])) {
    const inserted = await tx
      .insertInto('recordings')
      .values(changes.map(startedRow))
      .onConflict((oc) => oc.column('recording_id').doNothing())
      .returning('recording_id')
      .execute()
    for (const row of inserted) {
      const change = byId.get(row.recording_id)
      if (change !== undefined) announce(change)
    }
  }
}

/** First writer wins, as in the store: the row names the object that was there first. */
async function applySegments(tx: Transaction<Tables>, segments: OfKind<RecorderChange, 'segment'>[]): Promise<void> {
  for (const changes of inRows(lastByKey(segments, (change) => `${change.recordingId}/${change.index}`))) {
    await tx
      .insertInto('segments')
      .values(
        changes.map((change) => ({
          recording_id: change.recordingId,
          segment_index: change.index,
          key: change.key,
          sha256: change.sha256,
          size_bytes: change.sizeBytes,
          from_ms: change.fromMs,
          to_ms: change.toMs,
          detail: change.detail,
        })),
      )
      .onConflict((oc) => oc.columns(['recording_id', 'segment_index']).doNothing())
      .execute()
  }
}

function startedRow(change: OfKind<RecorderChange, 'recording.started'>): RecordingRow {
  return {
    recording_id: change.recordingId,
    call_id: change.callId,
    org_id: change.orgId,
    owner_id: change.ownerId,
    ordinal: change.ordinal,
    mode: change.mode,
    settings: JSON.stringify(change.settings),
    status: 'recording',
    provisional: change.provisional ? 1 : 0,
    started_at_ms: change.startedAtMs,
    ended_at_ms: null,
    ended_log_ms: null,
    captured_ms: 0,
    paused_ms: 0,
    held_ms: 0,
    lost_ms: 0,
    segment_count: 0,
    tones: 0,
    prompts: 0,
    size_bytes: 0,
    manifest_key: null,
    manifest_sha256: null,
    end_reason: null,
    claimed_at_ms: null,
    claim_reason: null,
    purged_at_ms: null,
    last_mark: -1,
  }
}

function endedColumns(change: OfKind<RecorderChange, 'recording.ended'>): Partial<RecordingRow> {
  const { totals } = change
  return {
    status: change.status,
    end_reason: change.reason,
    ended_at_ms: change.endedAtMs,
    ended_log_ms: change.endedLogMs,
    captured_ms: totals.capturedMs,
    paused_ms: totals.pausedMs,
    held_ms: totals.heldMs,
    lost_ms: totals.lostMs,
    segment_count: totals.segments,
    tones: totals.tones,
    prompts: totals.prompts,
    // Total of the objects: what a purge gives back.
    size_bytes: change.sizeBytes,
    manifest_key: change.manifest?.key ?? null,
    manifest_sha256: change.manifest?.sha256 ?? null,
  }
}
