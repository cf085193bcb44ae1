import { createReadStream } from 'node:fs'
import { CsvError, parse } from 'csv-parse'
import type { Row } from '@twinreel/call-records/parse-row'
import { usageError } from '../command-error.ts'

/** A record longer than this is none: a quote was not closed, or the file is something else. */
const MAX_RECORD_BYTES = 1_048_576

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
    if (isFileError(error))
      throw usageError(
        `${path} can’t be read: ${error.code === 'ENOENT' ? 'there is no such file' : error.code}`,
        'name a file of call detail records with --cdr',
      )
    throw error
  }
}

async function* csvRows(path: string, delimiter: string, read: { line: number }, onHeaders: (headers: readonly string[]) => void): AsyncGenerator<Row> {
  const parser = createReadStream(path)
    .on('error', (error) => parser.destroy(error))
    .pipe(parse({ bom: true, delimiter, info: true, skip_empty_lines: true, max_record_size: MAX_RECORD_BYTES }))
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
  let line = 0
  for await (const text of linesOf(path)) {
    line++
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

/** One line in memory at a time, and no endless one. */
async function* linesOf(path: string): AsyncGenerator<string> {
  let rest = ''
  for await (const chunk of createReadStream(path, { encoding: 'utf8' })) {
    const parts = (rest + String(chunk)).split('\n')
    rest = parts.pop() ?? ''
    yield* parts.map(withoutMark)
    if (rest.length > MAX_RECORD_BYTES)
      throw usageError(`${path}: a line is longer than ${MAX_RECORD_BYTES} characters`, 'JSON lines have one object on each line')
  }
  if (rest !== '') yield withoutMark(rest)
}

function withoutMark(text: string): string {
  return text.startsWith('\uFEFF') ? text.slice(1) : text
}

function isFileError(error: unknown): error is NodeJS.ErrnoException & { code: string } {
  return error instanceof Error && 'syscall' in error && 'code' in error && typeof error.code === 'string'
}
