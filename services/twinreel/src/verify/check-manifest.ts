import { isDeepStrictEqual } from 'node:util'
import { parsedSettings } from '@twinreel/catalog/accounts/show'
import type { RecordingRow, SegmentRow } from '@twinreel/catalog/tables'
import type { ObjectStore } from '@twinreel/object-store/port'
import type { CallSummary } from '@twinreel/recording/effects'
import type { CallSpan, Mark } from '@twinreel/recording/facts'
import { manifest, MANIFEST_VERSION } from '@twinreel/recording/manifest'
import { DEFAULT_SETTINGS } from '@twinreel/recording/settings'
import { storedDetail } from '../segment-detail.ts'
import type { Problem } from './problem.ts'
import { readObject } from './read-object.ts'

type Document = Record<string, unknown>
type WithCall = Document & { call: CallSummary & { timeZero: string }; paused: CallSpan[]; events: Mark[] }

/** A recording's manifest: its bytes against the catalog's hash, and what it says against the catalog's rows. */
export async function checkManifest(store: ObjectStore, recording: RecordingRow, rows: readonly SegmentRow[]): Promise<Problem[]> {
  const { manifest_key: key, manifest_sha256: sha256 } = recording
  const problem = (text: string): Problem => ({ piece: 'manifest', index: null, key, problem: text })
  if (key === null || sha256 === null) return rows.length === 0 ? [] : [problem('is not known to the catalog, though there are segments')]
  const outcome = await readObject(store, key, { sha256, sizeBytes: null })
  if (outcome.kind === 'differs') return [problem(outcome.problem)]
  const found = parsed(await store.get(key))
  if (found === null) return [problem('is no JSON document')]
  if (found['manifestVersion'] !== MANIFEST_VERSION) return [problem(`has version ${String(found['manifestVersion'])}, ${MANIFEST_VERSION} is known`)]
  if (!hasCall(found)) return [problem('has not the shape of a manifest')]
  const expected = expectedDocument(recording, rows, found)
  const differing = [...new Set([...Object.keys(expected), ...Object.keys(found)])].filter((field) => !isDeepStrictEqual(expected[field], found[field]))
  return differing.length === 0 ? [] : [problem(`says otherwise than the catalog: ${differing.join(', ')}`)]
}

/**
 * The manifest made again from the rows. The call around the recording and what belongs to no segment are in no row, so they are taken
 * from the document itself.
 */
function expectedDocument(recording: RecordingRow, rows: readonly SegmentRow[], found: WithCall): Document {
  const segments = rows.map((row) => ({
    index: row.segment_index,
    key: row.key,
    sha256: row.sha256,
    sizeBytes: row.size_bytes,
    fromMs: row.from_ms,
    toMs: row.to_ms,
    detail: storedDetail(row),
  }))
  const sealed = new Set(segments.flatMap(({ detail }) => detail.marks.map(({ number }) => number)))
  const { timeZero: _, ...call } = found.call
  const text = manifest({
    recordingId: recording.recording_id,
    callId: recording.call_id,
    orgId: recording.org_id,
    ownerId: recording.owner_id,
    ordinal: recording.ordinal,
    mode: recording.mode,
    settings: parsedSettings(recording.settings) ?? DEFAULT_SETTINGS,
    startedAtMs: recording.started_at_ms,
    endedAtMs: recording.ended_at_ms ?? 0,
    endReason: recording.end_reason ?? '',
    call,
    totals: {
      capturedMs: recording.captured_ms,
      pausedMs: recording.paused_ms,
      heldMs: recording.held_ms,
      lostMs: recording.lost_ms,
      segments: recording.segment_count,
      tones: recording.tones,
      prompts: recording.prompts,
    },
    tail: { paused: found.paused, marks: found.events.filter(({ number }) => !sealed.has(number)) },
    segments,
  })
  return JSON.parse(text) as Document
}

function hasCall(document: Document): document is WithCall {
  const { call, paused, events } = document
  return (
    typeof call === 'object' && call !== null && 'timeZeroMs' in call && typeof call.timeZeroMs === 'number' && Array.isArray(paused) && Array.isArray(events)
  )
}

function parsed(bytes: Uint8Array | null): Document | null {
  if (bytes === null) return null
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Document) : null
  } catch {
    return null
  }
}
