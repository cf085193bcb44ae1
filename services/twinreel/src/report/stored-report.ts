import {
  AGE_BANDS,
  LARGEST_BAND,
  LIVE_BAND,
  OLDEST_BAND,
  SIZE_BANDS,
  storedBy,
  type Amount,
  type Dimension,
  type StoredGroup,
} from '@twinreel/catalog/retention-report'
import type { Catalog } from '@twinreel/catalog/open'
import { isoTime, size } from '../format.ts'
import type { Column } from '../output.ts'
import { bar } from './bars.ts'
import { csvOf } from './csv.ts'

export interface StoredReport {
  atMs: number
  total: Amount
  groups: readonly { by: readonly Dimension[]; rows: readonly StoredGroup[] }[]
}

/** Of people’s tables. */
const BAR_WIDTH = 40
const MOST_ROWS = 20

/** What is stored: by each dimension for itself, or by those named in `by` together. */
export async function storedReport(catalog: Catalog, options: { atMs: number; by: readonly Dimension[]; orgId?: string }): Promise<StoredReport> {
  const { by, ...what } = options
  if (by.length > 0) {
    const rows = await storedBy(catalog, { ...what, dimensions: by })
    return { atMs: what.atMs, total: sumOf(rows), groups: [{ by, rows: inOrder(rows, by) }] }
  }
  // One look at the recordings for three of them: their groups are few.
  const few = await storedBy(catalog, { ...what, dimensions: ['tier', 'age', 'size'] })
  const orgs = await storedBy(catalog, { ...what, dimensions: ['org'] })
  const alone = (dimension: Dimension) => {
    const grouped = Map.groupBy(few, (row) => row[dimension] ?? '')
    const rows = [...grouped].map(([name, rowsOfIt]) => ({ [dimension]: name, ...sumOf(rowsOfIt) }))
    return { by: [dimension], rows: inOrder(rows, [dimension]) }
  }
  return { atMs: what.atMs, total: sumOf(orgs), groups: [{ by: ['org'], rows: orgs }, alone('tier'), alone('age'), alone('size')] }
}

export function storedDocument({ atMs, total, groups }: StoredReport): Record<string, unknown> {
  return { at: isoTime(atMs), total, groups }
}

export function storedCsv({ groups }: StoredReport): string {
  const rows = groups.flatMap(({ by, rows: of }) =>
    of.map((row) => [by.join('+'), row.org ?? null, row.tier ?? null, row.age ?? null, row.size ?? null, row.recordings, row.objects, row.sizeBytes]),
  )
  return csvOf(['by', 'org', 'tier', 'age', 'size', 'recordings', 'objects', 'size_bytes'], rows)
}

/** For people: of each grouping the largest, and the rest as one. */
export function largestOf({ rows }: StoredReport['groups'][number]): readonly StoredGroup[] {
  if (rows.length <= MOST_ROWS) return rows
  const shown = rows.slice(0, MOST_ROWS - 1)
  return [...shown, { ...sumOf(rows.slice(shown.length)) }]
}

/** Columns of a table of one grouping, with a bar for the bytes. */
export function groupColumns(by: readonly Dimension[], rows: readonly StoredGroup[]): Column<StoredGroup>[] {
  const most = Math.max(...rows.map(({ sizeBytes }) => sizeBytes), 0)
  return [
    ...by.map((dimension) => ({ head: HEADS[dimension], cell: (row: StoredGroup) => row[dimension] ?? 'others' })),
    { head: 'recordings', cell: ({ recordings }) => recordings },
    { head: 'objects', cell: ({ objects }) => objects },
    { head: 'stored', cell: ({ sizeBytes }) => size(sizeBytes) },
    { head: '', cell: ({ sizeBytes }) => bar(sizeBytes, most, BAR_WIDTH) },
  ]
}

const HEADS: Readonly<Record<Dimension, string>> = { org: 'organization', tier: 'tier', age: 'since its end', size: 'size of one' }

const BANDS: Readonly<Record<'age' | 'size', readonly string[]>> = {
  age: [LIVE_BAND, ...AGE_BANDS.map(([name]) => name), OLDEST_BAND],
  size: [...SIZE_BANDS.map(([name]) => name), LARGEST_BAND],
}

/** Bands in the order in which they follow each other; all else the largest first, as it came. */
function inOrder(rows: readonly StoredGroup[], by: readonly Dimension[]): readonly StoredGroup[] {
  const [first] = by
  if (by.length > 1 || (first !== 'age' && first !== 'size')) return rows.toSorted((a, b) => b.sizeBytes - a.sizeBytes)
  return rows.toSorted((a, b) => BANDS[first].indexOf(a[first] ?? '') - BANDS[first].indexOf(b[first] ?? ''))
}

function sumOf(rows: readonly Amount[]): Amount {
  return rows.reduce(
    (sum, row) => ({ recordings: sum.recordings + row.recordings, objects: sum.objects + row.objects, sizeBytes: sum.sizeBytes + row.sizeBytes }),
    { recordings: 0, objects: 0, sizeBytes: 0 },
  )
}
