import { expect, it } from 'vitest'
import type { CallRecord } from './call-record.ts'
import { matchRecord, type Candidate } from './match.ts'

const AT_MS = Date.UTC(2026, 0, 31, 9)
const record = (over: Partial<CallRecord> = {}): CallRecord => ({
  line: 2,
  recordId: null,
  callId: null,
  correlationId: null,
  user: 'ann',
  talk: { fromMs: AT_MS, toMs: AT_MS + 60_000 },
  startMs: AT_MS,
  endMs: AT_MS + 60_000,
  precisionMs: 1,
  callType: null,
  mode: null,
  result: null,
  ...over,
})
const call = (callId: string, over: Partial<Candidate> = {}): Candidate => ({
  callId,
  timeZeroMs: AT_MS,
  endedLogMs: AT_MS + 60_000,
  startsMs: [],
  hasOwner: true,
  ...over,
})
const NONE = { byCallId: [], byCorrelation: [], byTime: [] }

it('a call id decides, whatever else fits', () => {
  expect(matchRecord(record(), { byCallId: [call('a')], byCorrelation: [call('b')], byTime: [call('c')] }, 2_000)).toMatchObject({ callId: 'a', by: 'call-id' })
})

it('of the calls of a session the one at the record’s time is its call, and of those the one its user was in', () => {
  const earlier = call('a', { timeZeroMs: AT_MS - 900_000, endedLogMs: AT_MS - 600_000 })
  expect(matchRecord(record(), { ...NONE, byCorrelation: [earlier, call('b')] }, 2_000)).toMatchObject({ callId: 'b', by: 'correlation-id' })
  expect(matchRecord(record(), { ...NONE, byCorrelation: [call('a', { hasOwner: false }), call('b')] }, 2_000)).toMatchObject({ callId: 'b' })
})

it('without ids user and time decide, within the tolerance', () => {
  expect(matchRecord(record(), { ...NONE, byTime: [call('a', { timeZeroMs: AT_MS + 1_900 })] }, 2_000)).toMatchObject({ callId: 'a', by: 'time' })
  expect(matchRecord(record(), NONE, 2_000)).toEqual({ kind: 'unknown' })
})

it('who came into a call later is found by the start of his recording', () => {
  const joined = call('a', { timeZeroMs: AT_MS - 300_000, startsMs: [AT_MS + 500] })
  const other = call('b', { timeZeroMs: AT_MS - 200_000 })
  expect(matchRecord(record(), { ...NONE, byTime: [other, joined] }, 2_000)).toMatchObject({ callId: 'a' })
})

it('of calls that fit equally well none is guessed', () => {
  expect(matchRecord(record(), { ...NONE, byTime: [call('a'), call('b', { timeZeroMs: AT_MS + 1_000 })] }, 2_000)).toEqual({
    kind: 'ambiguous',
    callIds: ['a', 'b'],
  })
})

it('a record that nobody answered is found by ids alone', () => {
  expect(matchRecord(record({ talk: null }), { ...NONE, byTime: [call('a')] }, 2_000)).toEqual({ kind: 'unknown' })
})
