import { pipeline } from 'node:stream'
import { CsvError, parse } from 'csv-parse'
import type { Row } from '@twinreel/call-records/parse-row'
import { InputFileError, readInput, readLines } from '@twinreel/service/input-file'
import { usageError } from '../command-error.ts'

/** A record longer than this is none: a quote was not closed, or the file is something else. */
const MAX_RECORD_BYTES = 1_048_576

const EXPECTED = 'a file of call detail records, CSV or JSON lines'

/** The file's rows as they come, a few in memory at a time; `onHeaders` hears of a CSV file's columns first. Throws a usage `CommandError` that names line and column. */
export async function* readRows(
  path: string,
  { format, delimiter, onHeaders }: { format: 'csv' | 'jsonl'; delimiter: string; onHeaders(headers: readonly string[]): void },
): AsyncGenerator<Row> {
  const read = { line: 0 }
  try {
    yield* format === 'csv' ? csvRows(path, delimiter, read, onHeaders) : jsonRows(path)
  } catch (error) {
    if (error instanceof CsvError) throw csvProblem(path, error, read.line)
    if (error instanceof InputFileError) throw usageError(error.message, 'name a file of call detail records with --cdr; one compressed by gzip is read too')
    throw error
  }
}

async function* csvRows(path: string, delimiter: string, read: { line: number }, onHeaders: (headers: readonly string[]) => void): AsyncGenerator<Row> {
  const parser = parse({ bom: true, delimiter, info: true, skip_empty_lines: true, max_record_size: MAX_RECORD_BYTES })
  // What goes wrong is thrown where its records are read.
  pipeline(readInput(path, { expected: EXPECTED }), parser, () => undefined)
  let headers: readonly string[] | null = null
  for await (const parsed of parser) {
    const { record, info } = parsed as { record: readonly string[]; info: { lines: number } }
    read.line = info.lines
    if (headers === null) {
      headers = record.map((name) => name.trim())
      checkHeaders(path, headers)
      onHeaders(headers)
      continue
    }
    const names = headers
    // `lines` counts up to the record's last one.
    const line = info.lines - record.reduce((sum, cell) => sum + (cell.match(/\r\n|\n|\r/g)?.length ?? 0), 0)
    yield { line, cells: Object.fromEntries(record.map((cell, index) => [names[index] ?? '', cell])) }
  }
  if (headers === null) throw usageError(`${path} is empty: its first line must name the columns`)
}

function checkHeaders(path: string, headers: readonly string[]): void {
  const twice = headers.findIndex((name, index) => name !== '' && headers.indexOf(name) < index)
  // Not by their name: in a file without a line of names it is a cell, and may be a phone number.
  if (twice !== -1)
    throw usageError(
      `${path}, line 1: columns ${headers.indexOf(headers[twice] ?? '') + 1} and ${twice + 1} have the same name`,
      'the first line must name the columns, each by a name of its own',
    )
  if (headers.some((name) => name.includes('\0') || name.includes('\uFFFD'))) throw usageError(`${path}, line 1: is not UTF-8`, 'save the file as UTF-8')
}

/** The library's own messages quote cells, which may be numbers. `readLine`: the last one of the last record that could be read. */
function csvProblem(path: string, { code, lines, column }: CsvError & { lines?: number; column?: string | number }, readLine: number): Error {
  const at = `${path}, line ${lines ?? '?'}${typeof column === 'number' ? `, column ${column + 1}` : ''}`
  switch (code) {
    case 'CSV_RECORD_INCONSISTENT_FIELDS_LENGTH':
      return usageError(
        `${path}, line ${lines ?? '?'}: has not as many cells as the first line has columns`,
        'quote cells that hold the delimiter, or set `delimiter` in the column map',
      )
    case 'CSV_QUOTE_NOT_CLOSED':
      // The parser notices at the file's end.
      return usageError(`${path}, line ${readLine + 1} or after: a quote is opened and never closed`)
    case 'CSV_MAX_RECORD_SIZE':
      return usageError(`${path}, line ${readLine + 1}: the record is longer than ${MAX_RECORD_BYTES} bytes`, 'look for a quote that is not closed')
    default:
      return usageError(`${at}: a quote stands where none may`, 'a quote inside of a quoted cell is written twice')
  }
}

async function* jsonRows(path: string): AsyncGenerator<Row> {
  for await (const { number: line, bytes } of readLines(path, { expected: EXPECTED, maxLineBytes: MAX_RECORD_BYTES })) {
    const text = withoutMark(bytes.toString('utf8'))
    if (text.trim() === '') continue
    let value: unknown
    try {
      value = JSON.parse(text)
    } catch {
      throw usageError(`${path}, line ${line}: is no JSON object`, 'JSON lines have one object on each line; of a list make them with `jq -c ".items[]"`')
    }
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw usageError(`${path}, line ${line}: is no JSON object`)
    yield { line, cells: Object.fromEntries(Object.entries(value).map(([name, cell]) => [name, textOf(cell)])) }
  }
}

function textOf(cell: unknown): string {
  return typeof cell === 'string' || typeof cell === 'number' || typeof cell === 'boolean' ? String(cell) : ''
}

function withoutMark(text: string): string {
  return text.startsWith('\uFEFF') ? text.slice(1) : text
}
