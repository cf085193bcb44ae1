import type { RecordingRow, SegmentRow } from '@twinreel/catalog/tables'
import type { ObjectStore } from '@twinreel/object-store/port'
import { recordingPrefix } from '@twinreel/recording/keys'
import type { ManifestKeys } from '@twinreel/recording/manifest-signature'
import { checkManifest } from './check-manifest.ts'
import { checkSegment } from './check-segment.ts'
import type { Problem } from './problem.ts'

/** Everything that is not as it was written about a finished recording: its manifest, its segments in order, and what lies beside them. */
export async function checkRecording(store: ObjectStore, keys: ManifestKeys, recording: RecordingRow, rows: readonly SegmentRow[]): Promise<Problem[]> {
  const problems = await checkManifest(store, keys, recording, rows)
  problems.push(...checkRows(recording, rows))
  for (const row of rows) problems.push(...(await checkSegment(store, recording, row, rows)))
  problems.push(...(await strayObjects(store, recording, rows)))
  return problems
}

/** The rows among themselves: every index, in the order of time, adding up to what was captured. */
function checkRows(recording: RecordingRow, rows: readonly SegmentRow[]): Problem[] {
  const problems: Problem[] = []
  const indexes = new Set(rows.map((row) => row.segment_index))
  for (let index = 0; index < recording.segment_count; index++) {
    if (!indexes.has(index)) problems.push({ piece: 'segment', index, key: null, kind: 'rows', problem: 'is missing in the catalog' })
  }
  let endMs = 0
  for (const row of rows) {
    const { segment_index: index, key, from_ms: fromMs, to_ms: toMs } = row
    if (index >= recording.segment_count)
      problems.push({ piece: 'segment', index, key, kind: 'rows', problem: `is one more than the ${recording.segment_count} of the recording` })
    if (fromMs < endMs || toMs < fromMs)
      problems.push({
        piece: 'segment',
        index,
        key,
        kind: 'rows',
        problem: `begins at ${fromMs} ms and ends at ${toMs} ms of the call, the one before it ends at ${endMs} ms`,
      })
    endMs = toMs
  }
  const capturedMs = rows.reduce((sum, row) => sum + row.to_ms - row.from_ms, 0)
  if (capturedMs !== recording.captured_ms) {
    problems.push({
      piece: 'manifest',
      index: null,
      key: recording.manifest_key,
      kind: 'rows',
      problem: `captured ${recording.captured_ms} ms by the catalog, the segments add up to ${capturedMs} ms`,
    })
  }
  return problems
}

async function strayObjects(store: ObjectStore, recording: RecordingRow, rows: readonly SegmentRow[]): Promise<Problem[]> {
  const known = new Set([...rows.map((row) => row.key), recording.manifest_key])
  const prefix = recordingPrefix({ orgId: recording.org_id, ownerId: recording.owner_id, recordingId: recording.recording_id })
  const problems: Problem[] = []
  let after: { after?: string } = {}
  for (;;) {
    const { objects, next } = await store.list({ prefix, ...after })
    for (const { key } of objects) {
      if (!known.has(key))
        problems.push({ piece: key.endsWith('.json') ? 'manifest' : 'segment', index: null, key, kind: 'stray', problem: 'is not part of the recording' })
    }
    if (next === null) return problems
    after = { after: next }
  }
}
