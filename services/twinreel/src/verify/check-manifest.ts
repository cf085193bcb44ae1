import { createHash } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import { parsedSettings } from '@twinreel/catalog/accounts/show'
import type { RecordingRow, SegmentRow } from '@twinreel/catalog/tables'
import type { ObjectStore } from '@twinreel/object-store/port'
import { manifestKey } from '@twinreel/recording/keys'
import { manifestDocument } from '@twinreel/recording/manifest'
import type { ManifestKeys } from '@twinreel/recording/manifest-signature'
import { DEFAULT_SETTINGS } from '@twinreel/recording/settings'
import { storedDetail } from '../segment-detail.ts'
import { checkChain } from './check-chain.ts'
import { checkEntries } from './check-entries.ts'
import type { ManifestDocument } from '@twinreel/recording/manifest-document'
import type { Problem, ProblemKind } from './problem.ts'
import { readManifest } from './read-manifest.ts'

/** Looked at one by one, and told of by segment. */
const BY_SEGMENT = new Set(['segments', 'chainHead', 'signature'])
const IDENTITY = ['recordingId', 'callId', 'orgId', 'ownerId', 'ordinal'] as const

/** A recording's manifest: its bytes against the catalog's hash, its signature, its chain, and what it says against the catalog's rows. */
export async function checkManifest(store: ObjectStore, keys: ManifestKeys, recording: RecordingRow, rows: readonly SegmentRow[]): Promise<Problem[]> {
  const { manifest_key: key, manifest_sha256: sha256 } = recording
  const problem = (kind: ProblemKind, text: string): Problem => ({ piece: 'manifest', index: null, key, kind, problem: text })
  if (key === null || sha256 === null) return rows.length === 0 ? [] : [problem('rows', 'is not known to the catalog, though there are segments')]
  if (!ownKeys(recording, sha256).includes(key)) return [problem('other-recording', 'is no key of this recording’s manifest')]
  const read = await readManifest(store, key, keys)
  const problems = read.faults.map((fault) => problem(fault.kind, fault.problem))
  if (read.sha256 !== null && read.sha256 !== sha256) problems.push(problem('bytes', `has SHA-256 ${read.sha256} instead of ${sha256}`))
  const { document: found } = read
  if (found === null) return problems
  problems.push(...checkChain(found, key))
  if (found.recordingId !== recording.recording_id) return [...problems, problem('other-recording', `is the manifest of recording ${found.recordingId}`)]
  problems.push(...checkEntries(found, key, rows))
  const expected = expectedDocument(recording, rows, found)
  const fields = [...new Set([...Object.keys(expected), ...Object.keys(found)])].filter((field) => !BY_SEGMENT.has(field))
  const differing = fields.filter((field) => !isDeepStrictEqual(expected[field], found[field]))
  if (differing.length > 0)
    problems.push(problem(isIdentity(differing) ? 'other-recording' : 'differs', `says otherwise than the catalog: ${differing.join(', ')}`))
  return problems
}

function isIdentity(fields: readonly string[]): boolean {
  return IDENTITY.some((field) => fields.includes(field))
}

/**
 * The manifest made again from the rows. The call around the recording and what belongs to no segment are in no row, so they are taken
 * from the document itself.
 */
function expectedDocument(recording: RecordingRow, rows: readonly SegmentRow[], found: ManifestDocument): Record<string, unknown> {
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
  const facts = {
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
  }
  return JSON.parse(JSON.stringify(manifestDocument(facts, (text) => createHash('sha256').update(text).digest('hex')))) as Record<string, unknown>
}

function ownKeys(recording: RecordingRow, sha256: string): string[] {
  const path = { orgId: recording.org_id, ownerId: recording.owner_id, recordingId: recording.recording_id }
  return [manifestKey(path), manifestKey(path, sha256)]
}
