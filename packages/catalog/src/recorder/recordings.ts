import { sql, type Transaction } from 'kysely'
import type { RecorderChange } from '../recorder-changes.ts'
import { inRows, lastByKey, ofKind, rounds, type OfKind } from '../rows.ts'
import type { RecordingRow, Tables } from '../tables.ts'
import { valuesTable } from '../values-table.ts'

const LIVE = ['recording', 'paused'] as const

/** In the order a recording lives: started, changed or kept, segments, ended. What has ended, or was purged since, is not touched again. */
export async function applyRecordings(tx: Transaction<Tables>, changes: readonly RecorderChange[], announce: (change: RecorderChange) => void): Promise<void> {
  await applyStarted(tx, ofKind(changes, 'recording.started'), announce)
  await applyMarks(tx, ofKind(changes, 'recording.changed'), announce)
  for (const kept of inRows(ofKind(changes, 'recording.kept'))) {
    const ids = kept.map((change) => change.recordingId)
    await tx.updateTable('recordings').set({ provisional: 0 }).where('recording_id', 'in', ids).where('status', 'in', LIVE).execute()
  }
  await applySegments(tx, ofKind(changes, 'segment'))
  await applyEnded(tx, ofKind(changes, 'recording.ended'), announce)
}

/** Paused and resumed: what is not newer than the last mark is known already. */
async function applyMarks(
  tx: Transaction<Tables>,
  marks: OfKind<RecorderChange, 'recording.changed'>[],
  announce: (change: RecorderChange) => void,
): Promise<void> {
  for (const changes of rounds(marks, (change) => change.recordingId)) {
    const byId = new Map(changes.map((change) => [change.recordingId, change]))
    const rows = changes.map((change) => ({ recording_id: change.recordingId, status: change.status, number: change.number }))
    const updated = await tx
      .updateTable('recordings')
      .from(valuesTable('v', { recording_id: 'text', status: 'text', number: 'bigint' }, rows))
      .set((eb) => ({ status: eb.ref('v.status'), last_mark: eb.ref('v.number') }))
      .whereRef('recordings.recording_id', '=', 'v.recording_id')
      .whereRef('recordings.last_mark', '<', 'v.number')
      .where('recordings.status', 'in', LIVE)
      .returning('recordings.recording_id')
      .execute()
    announceEach(updated, byId, announce)
  }
}

async function applyEnded(
  tx: Transaction<Tables>,
  ended: OfKind<RecorderChange, 'recording.ended'>[],
  announce: (change: RecorderChange) => void,
): Promise<void> {
  for (const changes of rounds(ended, (change) => change.recordingId)) {
    const byId = new Map(changes.map((change) => [change.recordingId, change]))
    const { rows } = await sql<{ recording_id: string }>`
      update recordings set ${SET_ENDED}, from_manifest = 0 from ${valuesTable('v', ENDED_KINDS, changes.map(endedColumns))}
      where recordings.recording_id = v.recording_id and (recordings.status in (${sql.join(LIVE)}) or (recordings.from_manifest = 1 and recordings.claimed_at_ms is null))
      returning recordings.recording_id`.execute(tx)
    announceEach(rows, byId, announce)
  }
}

function announceEach(rows: readonly { recording_id: string }[], byId: ReadonlyMap<string, RecorderChange>, announce: (change: RecorderChange) => void): void {
  for (const row of rows) {
    const change = byId.get(row.recording_id)
    if (change !== undefined) announce(change)
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
    announceEach(inserted, byId, announce)
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
    manifest_size_bytes: null,
    end_reason: null,
    deletion_id: null,
    deletion_due_ms: null,
    due_at_ms: null,
    claimed_at_ms: null,
    claim_reason: null,
    claim_cause: null,
    purge_failures: null,
    retry_at_ms: null,
    purged_at_ms: null,
    next_look_ms: null,
    looks: 0,
    last_mark: -1,
    from_manifest: 0,
  }
}

const ENDED_KINDS = {
  recording_id: 'text',
  status: 'text',
  end_reason: 'text',
  ended_at_ms: 'bigint',
  ended_log_ms: 'bigint',
  captured_ms: 'bigint',
  paused_ms: 'bigint',
  held_ms: 'bigint',
  lost_ms: 'bigint',
  segment_count: 'bigint',
  tones: 'bigint',
  prompts: 'bigint',
  size_bytes: 'bigint',
  manifest_key: 'text',
  manifest_sha256: 'text',
  manifest_size_bytes: 'bigint',
} as const

const SET_ENDED = sql.raw(
  Object.keys(ENDED_KINDS)
    .filter((column) => column !== 'recording_id')
    .map((column) => `${column} = v.${column}`)
    .join(', '),
)

function endedColumns(change: OfKind<RecorderChange, 'recording.ended'>): Pick<RecordingRow, keyof typeof ENDED_KINDS> {
  const { totals } = change
  return {
    recording_id: change.recordingId,
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
    manifest_size_bytes: change.manifest?.sizeBytes ?? null,
  }
}
