import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { columnMapSchema, missingColumns, readColumnMap } from './column-map.ts'
import { parseRow } from './parse-row.ts'
import { WEBEX } from './webex.ts'

const SIMPLE = columnMapSchema.parse({ columns: { callId: 'id', user: 'who', answer: 'from', release: 'to' } })
const cells = (over: Record<string, string> = {}) => ({ id: 'c1', who: 'ann', from: '2026-01-31T09:00:00.250Z', to: '2026-01-31T09:01:00.500Z', ...over })
const FROM_MS = Date.UTC(2026, 0, 31, 9, 0, 0, 250)

function recordOf(over: Record<string, string>, map = SIMPLE, localTimes: Parameters<typeof parseRow>[2] = null) {
  const parsed = parseRow({ line: 7, cells: cells(over) }, map, localTimes)
  if (!parsed.ok) throw new Error(parsed.problem.problem)
  return parsed.record
}

function problemOf(over: Record<string, string>, map = SIMPLE, localTimes: Parameters<typeof parseRow>[2] = null) {
  const parsed = parseRow({ line: 7, cells: cells(over) }, map, localTimes)
  return parsed.ok ? null : parsed.problem
}

describe('a row', () => {
  it('becomes a record with its times to the millisecond', () => {
    expect(recordOf({})).toMatchObject({ line: 7, callId: 'c1', user: 'ann', talk: { fromMs: FROM_MS, toMs: FROM_MS + 60_250 }, precisionMs: 1 })
  })

  it('is read as the same record however its times are written', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: Date.UTC(1995, 0), max: Date.UTC(2150, 0) }),
        fc.integer({ min: -14 * 60, max: 14 * 60 }),
        fc.boolean(),
        (timeMs, offset, spaced) => {
          const local = new Date(timeMs + offset * 60_000).toISOString().slice(0, -1)
          const [hours, minutes] = [Math.floor(Math.abs(offset) / 60), Math.abs(offset) % 60].map((part) => String(part).padStart(2, '0'))
          const from = `${spaced ? local.replace('T', ' ') : local}${offset < 0 ? '-' : '+'}${hours}:${minutes}`
          const to = new Date(timeMs + 5).toISOString()
          expect(recordOf({ from, to }).talk).toEqual({ fromMs: timeMs, toMs: timeMs + 5 })
          const epoch = columnMapSchema.parse({ ...SIMPLE, times: { format: 'epoch-ms' } })
          expect(recordOf({ from: String(timeMs), to: String(timeMs + 5) }, epoch).talk).toEqual({ fromMs: timeMs, toMs: timeMs + 5 })
          const local0 = (localMs: number) => [localMs - offset * 60_000]
          expect(recordOf({ from: local, to }, SIMPLE, local0).talk?.fromMs).toBe(timeMs)
        },
      ),
      { seed: 7, numRuns: 300 },
    )
  })

  it('whatever its cells hold gives a record or a problem that names line and column, and never the cell', () => {
    const number = fc.stringMatching(/^\+[1-9]\d{8,13}$/)
    const cell = fc.oneof(
      fc.string(),
      number,
      fc.constantFrom('', 'NA', 'true', 'false', '0', '2026-01-31T09:00:00Z', '2026-02-31T09:00:00Z', '31.1.2026', '-5', '1e9'),
    )
    const map = columnMapSchema.parse({
      columns: {
        callId: 'id',
        user: 'who',
        start: 'start',
        answer: 'from',
        release: 'to',
        durationSeconds: 'length',
        answered: 'answered',
        recordingMode: 'mode',
      },
      emptyValues: ['NA'],
    })
    fc.assert(
      fc.property(fc.record({ from: cell, to: cell, start: cell, length: cell, answered: cell, mode: cell }), (over) => {
        const parsed = parseRow({ line: 3, cells: { id: 'c', who: 'u', ...over } }, map, null)
        if (parsed.ok) {
          const { talk, startMs, endMs } = parsed.record
          expect(startMs).toBeLessThanOrEqual(endMs)
          if (talk !== null) expect(talk.fromMs).toBeLessThanOrEqual(talk.toMs)
          return
        }
        expect(parsed.problem.line).toBe(3)
        expect(['from', 'to', 'start', 'length', 'answered']).toContain(parsed.problem.column)
        for (const value of Object.values(over)) if (value.length > 8) expect(parsed.problem.problem).not.toContain(value)
      }),
      { seed: 11, numRuns: 1_000 },
    )
  })

  it('without an answer was answered by nobody', () => {
    expect(recordOf({ from: '' })).toMatchObject({ talk: null, startMs: FROM_MS + 60_250 })
  })

  it('of whole seconds says so, and so does one that has a duration instead of a time', () => {
    expect(recordOf({ from: '2026-01-31T09:00:00Z' }).precisionMs).toBe(1_000)
    const map = columnMapSchema.parse({ columns: { callId: 'id', answer: 'from', durationSeconds: 'length' } })
    expect(recordOf({ length: '60' }, map)).toMatchObject({ talk: { fromMs: FROM_MS, toMs: FROM_MS + 60_000 }, precisionMs: 1_000 })
  })

  it.each([
    ['from', 'yesterday', 'is no ISO 8601 time'],
    ['from', '2026-02-30T09:00:00Z', 'no calendar has'],
    ['from', '2026-01-31T09:00:00', 'has no offset'],
    ['to', '2026-01-31T08:00:00Z', 'is before the answer'],
    ['to', '', 'no duration says when'],
  ])('whose %s is "%s" is a problem of that column: it %s', (column, value, problem) => {
    expect(problemOf({ [column]: value })).toEqual({ line: 7, column, problem: expect.stringContaining(problem) as unknown })
  })

  it('with a local time that its zone skips, or has twice, is a problem', () => {
    expect(problemOf({ from: '2026-03-29 02:30:00' }, SIMPLE, () => [])?.problem).toContain('skips')
    expect(problemOf({ from: '2026-10-25 02:30:00' }, SIMPLE, (ms) => [ms, ms + 1])?.problem).toContain('twice')
  })

  it('of Webex says of what kind the call is and how it was to be recorded', () => {
    const webex = { 'Call ID': 'x', 'User UUID': 'u', Answered: 'true', 'Answer time': '2026-01-31T09:00:00.250Z', 'Release time': '2026-01-31T09:01:00.500Z' }
    const kind = (over: Record<string, string>) => {
      const parsed = parseRow({ line: 1, cells: { ...webex, ...over } }, WEBEX, null)
      return parsed.ok ? [parsed.record.callType, parsed.record.mode, parsed.record.result] : parsed.problem
    }
    expect(kind({ 'Call type': 'SIP_EMERGENCY', 'Call Recording Trigger': 'always' })).toEqual(['emergency', 'always', null])
    expect(kind({ 'Call type': 'SIP_MOBILE', 'Call Recording Result': 'successful but not kept.' })).toEqual(['pstn', null, 'not-kept'])
    expect(kind({ 'Call type': 'SIP_ENTERPRISE', 'Related reason': 'CCMonitoringBI', 'Call Recording Trigger': 'NA' })).toEqual(['monitoring', null, null])
  })
})

describe('a column map', () => {
  it('names what it does not know, and what that should have been', () => {
    const read = readColumnMap({ columns: { calId: 'id', user: 'u', answer: 'a', release: 'r' }, time: {} })
    expect(read).toMatchObject({
      ok: false,
      problems: [
        { path: 'columns.calId', misspelt: { word: 'calId' } },
        { path: 'time', misspelt: { word: 'time' } },
      ],
    })
  })

  it('must say how a call is found and when it ended', () => {
    const read = readColumnMap({ columns: { answer: 'a' } })
    expect(read.ok ? [] : read.problems.map(({ path }) => path)).toEqual(['columns.callId', 'columns.release'])
  })

  it('that names a column the file has not is a problem', () => {
    expect(missingColumns(SIMPLE, ['id', 'who', 'frm', 'to'])).toEqual([
      { path: 'columns.answer', message: 'the file has no column "from"', misspelt: { word: 'from', of: ['id', 'who', 'frm', 'to'] } },
    ])
  })
})
