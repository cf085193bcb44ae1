import type { Mode, Settings } from '@twinreel/recording/settings'
import { parsedSettings } from './accounts/show.ts'
import { showDeletion, type Deletion } from './deletions.ts'
import type { Catalog } from './open.ts'
import { tierName, verdictOf, withRetentionFacts, type RowWithRetentionFacts } from './retention-facts.ts'
import { segmentRows } from './recorder.ts'
import type { RecordingStatus } from './tables.ts'

export interface Recording {
  recordingId: string
  callId: string
  ownerId: string
  orgId: string
  ordinal: number
  /** The owner's tier now; `null` for an owner without an account, or whose account says something else than his tier history. */
  tier: string | null
  mode: Mode
  status: RecordingStatus
  endReason: string | null
  startedAtMs: number
  endedAtMs: number | null
  capturedMs: number
  pausedMs: number
  heldMs: number
  lostMs: number
  segments: number
  tones: number
  prompts: number
  sizeBytes: number
  manifestKey: string | null
  manifestSha256: string | null
  legalHold: boolean
  /** Somebody asked for its deletion: it is in the bin, or was erased. It is neither listed nor played. */
  inBin: boolean
  /** When it will be deleted as things are now; `null` if it stays, or is gone. */
  dueAtMs: number | null
  /** Deletion has begun: it is not played any more. */
  claimedAtMs: number | null
  purgedAtMs: number | null
}

export interface RecordingFilter {
  orgId?: string
  ownerId?: string
  callId?: string
  statuses?: readonly RecordingStatus[]
  /** Those in the bin, which can be restored, and no others; without it they are left out. */
  bin?: boolean
  /** The last one of the page before. */
  after?: { startedAtMs: number; recordingId: string }
  /** 1,000 by default. */
  limit?: number
}

/** By start. Provisional recordings, which nobody asked to keep yet, and those in the bin are not listed. */
export async function listRecordings(catalog: Catalog, filter: RecordingFilter = {}): Promise<Recording[]> {
  const { orgId, ownerId, callId, statuses, after, bin = false } = filter
  let query = withRetentionFacts(catalog.db).where('r.provisional', '=', 0)
  query = bin
    ? query.where('r.deletion_due_ms', 'is not', null).where('r.claimed_at_ms', 'is', null)
    : query.where((eb) => eb.or([eb('r.deletion_id', 'is', null), eb('r.purged_at_ms', 'is not', null)]))
  if (orgId !== undefined) query = query.where('r.org_id', '=', orgId)
  if (ownerId !== undefined) query = query.where('r.owner_id', '=', ownerId)
  if (callId !== undefined) query = query.where('r.call_id', '=', callId)
  if (statuses !== undefined) query = query.where('r.status', 'in', statuses)
  if (after !== undefined) {
    query = query.where((eb) =>
      eb.or([
        eb('r.started_at_ms', '>', after.startedAtMs),
        eb.and([eb('r.started_at_ms', '=', after.startedAtMs), eb('r.recording_id', '>', after.recordingId)]),
      ]),
    )
  }
  const rows = await query
    .orderBy('r.started_at_ms')
    .orderBy('r.recording_id')
    .limit(filter.limit ?? 1_000)
    .execute()
  return rows.map(viewOf)
}

export interface RecordingDetail extends Recording {
  settings: Settings | null
  /** Who asked for its deletion, if anybody did. */
  deletion: Deletion | null
  objects: readonly { index: number; key: string; sha256: string; sizeBytes: number; fromMs: number; toMs: number }[]
}

/** `null` for an unknown recording and for a provisional one. */
export async function showRecording(catalog: Catalog, recordingId: string): Promise<RecordingDetail | null> {
  const row = await withRetentionFacts(catalog.db).where('r.recording_id', '=', recordingId).where('r.provisional', '=', 0).executeTakeFirst()
  if (row === undefined) return null
  const objects = (await segmentRows(catalog, recordingId)).map((segment) => ({
    index: segment.segment_index,
    key: segment.key,
    sha256: segment.sha256,
    sizeBytes: segment.size_bytes,
    fromMs: segment.from_ms,
    toMs: segment.to_ms,
  }))
  const deletion = row.deletion_id === null ? null : await showDeletion(catalog, row.deletion_id)
  return { ...viewOf(row), settings: parsedSettings(row.settings), deletion, objects }
}

function viewOf(row: RowWithRetentionFacts): Recording {
  const verdict = verdictOf(row)
  return {
    recordingId: row.recording_id,
    callId: row.call_id,
    ownerId: row.owner_id,
    orgId: row.org_id,
    ordinal: row.ordinal,
    tier: tierName(row),
    mode: row.mode,
    status: row.status,
    endReason: row.end_reason,
    startedAtMs: row.started_at_ms,
    endedAtMs: row.ended_at_ms,
    capturedMs: row.captured_ms,
    pausedMs: row.paused_ms,
    heldMs: row.held_ms,
    lostMs: row.lost_ms,
    segments: row.segment_count,
    tones: row.tones,
    prompts: row.prompts,
    sizeBytes: row.size_bytes,
    manifestKey: row.manifest_key,
    manifestSha256: row.manifest_sha256,
    legalHold: row.hold_id !== null,
    inBin: row.deletion_id !== null && row.purged_at_ms === null,
    dueAtMs: row.purged_at_ms === null && verdict.kind === 'due' ? verdict.dueAtMs : null,
    claimedAtMs: row.claimed_at_ms,
    purgedAtMs: row.purged_at_ms,
  }
}
