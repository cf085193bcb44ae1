import type { CapturedCall, CapturedOwner, CapturedRecording } from '@twinreel/call-records/captured-call'
import { isAnnounced } from '@twinreel/recording/announcement'
import type { SegmentDetail } from '@twinreel/recording/manifest'
import { add, type IntervalSet } from '@twinreel/media/intervals'
import { parsedSettings } from './accounts/show.ts'
import type { Catalog } from './open.ts'
import { inRows } from './rows.ts'
import type { CallRow, LedgerRow, RecordingRow, SegmentRow } from './tables.ts'

type SegmentPart = Pick<SegmentRow, 'recording_id' | 'from_ms' | 'to_ms' | 'detail'>

/** Calls asked after in one go: of each all segments of all its recordings are read. */
const CALLS_AT_ONCE = 100

/** What the catalog knows of these calls, interval by interval; of a call it does not know, nothing. */
export async function capturedCalls(catalog: Catalog, callIds: readonly string[]): Promise<Map<string, CapturedCall>> {
  const found = new Map<string, CapturedCall>()
  for (let at = 0; at < callIds.length; at += CALLS_AT_ONCE) {
    for (const call of await capturedBatch(catalog, callIds.slice(at, at + CALLS_AT_ONCE))) found.set(call.callId, call)
  }
  return found
}

async function capturedBatch({ db }: Catalog, callIds: readonly string[]): Promise<CapturedCall[]> {
  const calls = await db.selectFrom('calls').selectAll().where('call_id', 'in', callIds).execute()
  const ledger = await db.selectFrom('ledger').selectAll().where('call_id', 'in', callIds).execute()
  const recordings = await db.selectFrom('recordings').selectAll().where('call_id', 'in', callIds).where('provisional', '=', 0).orderBy('ordinal').execute()
  const segments: SegmentPart[] = []
  for (const rows of inRows(recordings)) {
    segments.push(
      ...(await db
        .selectFrom('segments')
        .select(['recording_id', 'from_ms', 'to_ms', 'detail'])
        .where(
          'recording_id',
          'in',
          rows.map((row) => row.recording_id),
        )
        .orderBy('recording_id')
        .orderBy('segment_index')
        .execute()),
    )
  }
  const segmentsOf = Map.groupBy(segments, (segment) => segment.recording_id)
  const recordingsOf = Map.groupBy(recordings, (recording) => recording.call_id)
  const ledgerOf = Map.groupBy(ledger, (row) => row.call_id)
  return calls.map((call) => {
    const own = (recordingsOf.get(call.call_id) ?? []).map((row) => ({
      ownerId: row.owner_id,
      recording: recordingOf(call, row, segmentsOf.get(row.recording_id) ?? []),
    }))
    return callOf(call, ledgerOf.get(call.call_id) ?? [], own)
  })
}

function callOf(call: CallRow, ledger: readonly LedgerRow[], recordings: readonly { ownerId: string; recording: CapturedRecording }[]): CapturedCall {
  const byOwner = Map.groupBy(recordings, ({ ownerId }) => ownerId)
  const rows = new Map(ledger.map((row) => [row.owner_id, row]))
  const owners = [...new Set([...rows.keys(), ...byOwner.keys()])].toSorted().map((ownerId): CapturedOwner => {
    const row = rows.get(ownerId)
    return {
      ownerId,
      outcome: row === undefined ? null : { outcome: row.outcome, reason: row.reason },
      lateMs: row?.late_ms ?? 0,
      recordings: (byOwner.get(ownerId) ?? []).map(({ recording }) => recording),
    }
  })
  return {
    callId: call.call_id,
    orgId: call.org_id,
    callType: call.call_type,
    correlationId: call.correlation_id,
    timeZeroMs: call.time_zero_ms,
    endedLogMs: call.ended_log_ms,
    owners,
  }
}

function recordingOf(call: CallRow, row: RecordingRow, segments: readonly SegmentPart[]): CapturedRecording {
  const zeroMs = call.time_zero_ms ?? row.started_at_ms
  // What a purged recording's segments told of the call is gone: `{}`.
  const details = segments.map((segment) => JSON.parse(segment.detail) as Partial<SegmentDetail>)
  const isKnown = details.every(({ losses }) => losses !== undefined)
  const settings = parsedSettings(row.settings)
  return {
    recordingId: row.recording_id,
    mode: row.mode,
    isAnnounced: settings !== null && isAnnounced(call.call_type, settings),
    startMs: row.started_at_ms - zeroMs,
    endMs: row.ended_at_ms === null ? null : row.ended_at_ms - zeroMs,
    endReason: row.end_reason,
    captured: segments.reduce<IntervalSet>((set, { from_ms: from, to_ms: to }) => add(set, from, to), []),
    losses: isKnown ? details.flatMap(({ losses }) => losses ?? []) : null,
    lostMs: row.lost_ms,
    paused: details.flatMap(({ paused }) => paused ?? []).reduce<IntervalSet>((set, [from, to]) => add(set, from, to), []),
    pausedMs: row.paused_ms,
  }
}
