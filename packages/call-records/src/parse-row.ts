import { MODES, type Mode } from '@twinreel/recording/settings'
import type { CallRecord, RecordCallType } from './call-record.ts'
import type { ColumnMap, Field } from './column-map.ts'
import { readEpochTime, readIsoTime, type LocalTimes } from './time-text.ts'

/** A line of the file: its cells by the name of their column. */
export interface Row {
  line: number
  cells: Readonly<Record<string, string>>
}

/** Which cell can't be read and why; never the cell itself, which may be a phone number. */
export interface RowProblem {
  line: number
  column: string
  problem: string
}

export type ParsedRow = { ok: true; record: CallRecord } | { ok: false; problem: RowProblem }

class CellError extends Error {
  readonly column: string
  constructor(column: string, problem: string) {
    super(problem)
    this.column = column
  }
}

/** Longer ids than this are nobody's. */
const MAX_ID_LENGTH = 512
const MAX_DURATION_MS = 31 * 24 * 3_600_000
const RESULTS: Readonly<Record<string, CallRecord['result']>> = { successful: 'successful', failed: 'failed', 'successful but not kept': 'not-kept' }

/** The record that a line is, as the column map says. `localTimes` is that of the map's `times.zone`. */
export function parseRow(row: Row, map: ColumnMap, localTimes: LocalTimes | null): ParsedRow {
  try {
    return { ok: true, record: recordOf(row, map, localTimes) }
  } catch (error) {
    if (!(error instanceof CellError)) throw error
    return { ok: false, problem: { line: row.line, column: error.column, problem: error.message } }
  }
}

function recordOf(row: Row, map: ColumnMap, localTimes: LocalTimes | null): CallRecord {
  const cell = (field: Field): string | null => cellOf(row, map, map.columns[field])
  const id = (field: Field): string | null => {
    const value = cell(field)
    if (value !== null && value.length > MAX_ID_LENGTH) throw wrong(map, field, `has more than ${MAX_ID_LENGTH} characters`)
    return value
  }
  const times = timesOf(map, cell, localTimes)
  return {
    line: row.line,
    recordId: id('recordId'),
    callId: id('callId'),
    correlationId: id('correlationId'),
    user: id('user'),
    ...times,
    callType: callTypeOf(row, map),
    mode: modeOf(cell('recordingMode')),
    result: RESULTS[(cell('recordingResult') ?? '').toLowerCase().replace(/\.$/, '')] ?? null,
  }
}

function cellOf({ cells }: Row, { emptyValues }: ColumnMap, column: string | undefined): string | null {
  const value = column === undefined ? '' : (Object.hasOwn(cells, column) ? (cells[column] ?? '') : '').trim()
  return value === '' || emptyValues.includes(value) ? null : value
}

function timesOf(
  map: ColumnMap,
  cell: (field: Field) => string | null,
  localTimes: LocalTimes | null,
): Pick<CallRecord, 'talk' | 'startMs' | 'endMs' | 'precisionMs'> {
  const time = (field: 'start' | 'answer' | 'release'): { timeMs: number; precisionMs: number } | null => {
    const text = cell(field)
    if (text === null) return null
    const read = map.times.format === 'iso' ? readIsoTime(text, localTimes) : readEpochTime(text, map.times.format)
    if (!read.ok) throw wrong(map, field, read.problem)
    return read
  }
  const [start, answer, release, durationMs] = [time('start'), time('answer'), time('release'), durationOf(map, cell)]
  if (!isAnswered(map, cell('answered'), answer !== null || (map.columns.answer === undefined && (durationMs ?? 0) > 0))) {
    const known = start ?? answer ?? release
    if (known === null) throw wrong(map, map.columns.start === undefined ? 'release' : 'start', 'is empty, and nothing else says when the call was')
    return { talk: null, startMs: known.timeMs, endMs: Math.max(known.timeMs, release?.timeMs ?? known.timeMs), precisionMs: known.precisionMs }
  }
  const fromMs = answer?.timeMs ?? (release === null || durationMs === null ? null : release.timeMs - durationMs)
  if (fromMs === null) throw wrong(map, map.columns.answer === undefined ? 'release' : 'answer', 'is empty, though the call was answered')
  const toMs = release?.timeMs ?? (durationMs === null ? null : fromMs + durationMs)
  if (toMs === null) throw wrong(map, map.columns.release === undefined ? 'answer' : 'release', 'is empty, and no duration says when the call ended')
  if (toMs < fromMs) throw wrong(map, map.columns.release === undefined ? 'answer' : 'release', 'is before the answer')
  const isExact = answer?.precisionMs === 1 && release?.precisionMs === 1
  const precisionMs = isExact ? 1 : answer === null || release === null ? 1_000 : Math.max(answer.precisionMs, release.precisionMs)
  return { talk: { fromMs, toMs }, startMs: Math.min(fromMs, start?.timeMs ?? fromMs), endMs: toMs, precisionMs }
}

function durationOf(map: ColumnMap, cell: (field: Field) => string | null): number | null {
  const field = map.columns.durationMs === undefined ? 'durationSeconds' : 'durationMs'
  const text = cell(field)
  if (text === null) return null
  const value = Number(text) * (field === 'durationMs' ? 1 : 1_000)
  if (!/^\d+(?:\.\d+)?$/.test(text) || value > MAX_DURATION_MS) throw wrong(map, field, 'is no length of a call')
  return Math.round(value)
}

function isAnswered(map: ColumnMap, word: string | null, otherwise: boolean): boolean {
  if (map.columns.answered === undefined) return otherwise
  if (map.answeredWhen !== undefined) return word !== null && map.answeredWhen.includes(word)
  switch ((word ?? '').toLowerCase()) {
    case 'true':
    case 'yes':
    case '1':
      return true
    case 'false':
    case 'no':
    case '0':
    case '':
      return false
    default:
      throw wrong(map, 'answered', 'is neither true, yes, 1 nor false, no, 0: say with answeredWhen which words mean yes')
  }
}

function callTypeOf(row: Row, map: ColumnMap): RecordCallType | null {
  return map.callTypes.find(({ column, value }) => cellOf(row, map, column) === value)?.is ?? null
}

function modeOf(word: string | null): Mode | null {
  return MODES.find((mode) => mode === word?.toLowerCase()) ?? null
}

function wrong(map: ColumnMap, field: Field, problem: string): CellError {
  return new CellError(map.columns[field] ?? field, problem)
}
