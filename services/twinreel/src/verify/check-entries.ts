import type { SegmentRow } from '@twinreel/catalog/tables'
import type { ManifestDocument, ManifestSegment } from '@twinreel/recording/manifest-document'
import type { Problem } from './problem.ts'

/** What a manifest says of each segment against the segment's row. */
export function checkEntries(document: ManifestDocument, key: string, rows: readonly SegmentRow[]): Problem[] {
  const problem = (index: number, text: string): Problem => ({ piece: 'manifest', index, key, kind: 'differs', problem: text })
  const entries = new Map(document.segments.map((segment) => [segment.index, segment]))
  const known = new Set(rows.map((row) => row.segment_index))
  const problems: Problem[] = []
  for (const row of rows) {
    const entry = entries.get(row.segment_index)
    if (entry === undefined) problems.push(problem(row.segment_index, `has no entry of segment ${row.segment_index}, which the catalog knows`))
    else if (differing(entry, row).length > 0)
      problems.push(problem(row.segment_index, `says otherwise of segment ${row.segment_index} than the catalog: ${differing(entry, row).join(', ')}`))
  }
  for (const index of entries.keys()) {
    if (!known.has(index)) problems.push(problem(index, `has an entry of segment ${index}, which the catalog does not know`))
  }
  return problems
}

function differing(entry: ManifestSegment, row: SegmentRow): string[] {
  const of = { key: row.key, sha256: row.sha256, sizeBytes: row.size_bytes, fromMs: row.from_ms, toMs: row.to_ms }
  return (Object.keys(of) as (keyof typeof of)[]).filter((field) => of[field] !== entry[field])
}
