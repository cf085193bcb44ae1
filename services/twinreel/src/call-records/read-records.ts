import type { CallRecord } from '@twinreel/call-records/call-record'
import type { ColumnMap } from '@twinreel/call-records/column-map'
import { parseRow } from '@twinreel/call-records/parse-row'
import type { LocalTimes } from '@twinreel/call-records/time-text'
import { usageError } from '../command-error.ts'
import { columnMapOf, mapFor, type MapSource } from './column-map-file.ts'
import { localTimesOf } from './local-times.ts'
import { readRows } from './read-rows.ts'

/** The records of a file as they come. Throws a usage `CommandError` that names line and column, never a cell. */
export async function readRecords(
  path: string,
  { source, format }: { source: MapSource; format: 'csv' | 'jsonl' },
): Promise<{ columns: ColumnMap['columns']; records: AsyncIterable<CallRecord> }> {
  const map = await columnMapOf(source)
  const localTimes = zoneOf(map)
  return { columns: map.columns, records: recordsOf(path, source, map, format, localTimes) }
}

async function* recordsOf(path: string, source: MapSource, map: ColumnMap, format: 'csv' | 'jsonl', localTimes: LocalTimes | null): AsyncGenerator<CallRecord> {
  let fitting = map
  // JSON lines have no head: a column is there when any line has it.
  const seen = new Set<string>()
  let rows = 0
  const onHeaders = (headers: readonly string[]): void => void (fitting = mapFor(source, map, path, headers))
  for await (const row of readRows(path, { format, delimiter: map.delimiter, onHeaders })) {
    if (format === 'jsonl') for (const name of Object.keys(row.cells)) if (seen.size < 10_000) seen.add(name)
    rows++
    const parsed = parseRow(row, fitting, localTimes)
    if (!parsed.ok) {
      const { line, column, problem } = parsed.problem
      throw usageError(`${path}, line ${line}, column ${JSON.stringify(column)}: ${problem}`, 'mend the file or the column map and run again')
    }
    yield parsed.record
  }
  if (format === 'jsonl' && rows > 0) mapFor(source, map, path, [...seen])
}

function zoneOf({ times: { zone } }: ColumnMap): LocalTimes | null {
  if (zone === undefined) return null
  try {
    return localTimesOf(zone)
  } catch {
    throw usageError(`times.zone: ${JSON.stringify(zone)} is no time zone`, 'name one as the IANA does, such as Europe/Berlin, or UTC')
  }
}
