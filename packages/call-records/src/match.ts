import type { CallRecord, TimeSpan } from './call-record.ts'

/** A call that a record may be of. */
export interface Candidate {
  callId: string
  timeZeroMs: number | null
  endedLogMs: number | null
  /** Moments at which a recording of the record's user began, milliseconds UTC. */
  startsMs: readonly number[]
  hasOwner: boolean
}

/** Calls of the log that a record names, or that its user had at its time. */
export interface Candidates {
  byCallId: readonly Candidate[]
  byCorrelation: readonly Candidate[]
  byTime: readonly Candidate[]
}

export type Match =
  | { kind: 'matched'; callId: string; by: 'call-id' | 'correlation-id' | 'time' }
  /** Several fit equally well: none is guessed. */
  | { kind: 'ambiguous'; callIds: readonly string[] }
  | { kind: 'unknown' }

/** Most calls named of an ambiguous match. */
const MAX_NAMED = 8

/**
 * Which call of the log a record is of: the one with its call id, else the one with its correlation id at its time, else the one that its user
 * had at its time. `toleranceMs`: how far the clocks of the platform's records and of its events may be apart.
 */
export function matchRecord(record: CallRecord, { byCallId, byCorrelation, byTime }: Candidates, toleranceMs: number): Match {
  const [exact] = byCallId
  if (exact !== undefined) return { kind: 'matched', callId: exact.callId, by: 'call-id' }
  const span = record.talk ?? { fromMs: record.startMs, toMs: record.endMs }
  const near = byCorrelation.filter((call) => overlaps(call, span, toleranceMs))
  const correlated = chosen(near, record, toleranceMs)
  if (correlated !== null) return told(correlated, 'correlation-id')
  if (record.talk === null) return { kind: 'unknown' }
  const timed = chosen(byTime, record, toleranceMs)
  return timed === null ? { kind: 'unknown' } : told(timed, 'time')
}

function told(calls: readonly Candidate[], by: 'correlation-id' | 'time'): Match {
  const [first, second] = calls
  if (first === undefined) return { kind: 'unknown' }
  if (second === undefined) return { kind: 'matched', callId: first.callId, by }
  return { kind: 'ambiguous', callIds: calls.slice(0, MAX_NAMED).map(({ callId }) => callId) }
}

/** Those that fit best: calls the user was in before others, then those that began when the record did; `null` when there is none at all. */
function chosen(calls: readonly Candidate[], { talk, startMs }: CallRecord, toleranceMs: number): readonly Candidate[] | null {
  if (calls.length === 0) return null
  const owned = calls.filter(({ hasOwner }) => hasOwner)
  const left = owned.length > 0 ? owned : calls
  if (left.length === 1) return left
  const atMs = talk?.fromMs ?? startMs
  const begun = left.filter(({ timeZeroMs, startsMs }) => [timeZeroMs, ...startsMs].some((ms) => ms !== null && Math.abs(ms - atMs) <= toleranceMs))
  return begun.length === 0 ? left : begun
}

/** A call that was never answered, or is not over, may be at any later time. */
function overlaps({ timeZeroMs, endedLogMs }: Candidate, { fromMs, toMs }: TimeSpan, toleranceMs: number): boolean {
  const begins = timeZeroMs === null || timeZeroMs <= toMs + toleranceMs
  return begins && (endedLogMs === null || fromMs - toleranceMs <= endedLogMs)
}
