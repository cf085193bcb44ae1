import { add, total, type IntervalSet } from '@twinreel/media/intervals'
import type { CallRecord, RecordCallType } from './call-record.ts'
import type { CapturedCall, CapturedOwner, KnownUser } from './captured-call.ts'
import { compareTime, LONGEST_START_MS, type CapturedTime } from './captured-time.ts'
import type { Finding, Interval, MissedEvent, WhyNot } from './finding.ts'
import { shownId } from './shown-id.ts'

const MAX_LINES = 16
/** A live call says something at least as often, an empty `media` when it is silent. */
const SOMETHING_EVERY_MS = 10_000

/** The platform's records of one user's part in one call; the same with none is a call without a record. */
export interface OwnersRecords {
  ownerId: string
  records: readonly CallRecord[]
  matchedBy: Finding['matchedBy']
  /** The user as the catalog knows it, for a call whose log does not name him. */
  user: KnownUser | null
}

export interface JudgeOptions {
  /** How far the clocks of the platform's records and of its events may be apart. */
  toleranceMs: number
  /** Gaps shorter than this are none. */
  minGapMs: number
}

/**
 * What became of a user's part in a call that the log knows. `callReleasedMs`: when the last of all records of the call was released, milliseconds UTC.
 */
export function judgeCall(call: CapturedCall, of: OwnersRecords, callReleasedMs: number | null, options: JudgeOptions): Finding {
  const owner = call.owners.find(({ ownerId }) => ownerId === of.ownerId)
  const base = { ...blank(of), callId: call.callId, orgId: call.orgId, recordCallId: shownId(otherCallId(of.records, call.callId)) }
  if (of.records.length === 0) return withoutRecord(call, owner, base)
  const talks = talksOf(of.records)
  if (talks.length === 0) return notAnswered(call, owner, base)
  if (call.timeZeroMs === null) return notCaptured(base, talks, { kind: 'not-answered-in-log' }, [{ type: 'call.answered', how: 'missing' }], of)
  const zeroMs = call.timeZeroMs
  if (owner === undefined || (owner.outcome === null && owner.recordings.length === 0)) {
    if (call.endedLogMs === null) return notCaptured(base, talks, { kind: 'still-open' }, [{ type: 'call.ended', how: 'missing' }], of)
    return notCaptured(base, talks, { kind: 'not-in-call' }, [unnamed(talks, zeroMs, options.toleranceMs)], of)
  }
  const toleranceMs = options.toleranceMs + Math.max(...of.records.map(({ precisionMs }) => (precisionMs > 1 ? precisionMs : 0)))
  const expected = talks.map(([from, to]) => [from - zeroMs, to - zeroMs] as const)
  const time = atUtc(compareTime(owner.recordings, expected, toleranceMs), zeroMs)
  const excluded = whyNotRecorded(call, owner, of.records)
  if (excluded !== null && owner.outcome?.outcome !== 'recorded') return withoutCapture(base, talks, owner, excluded, time, options)
  const forbidden = whyNotAllowed(call, of.records)
  const gaps = time.gaps.filter(({ lengthMs }) => lengthMs >= options.minGapMs)
  const events = missedEvents({ ...time, gaps }, owner, callReleasedMs, options.toleranceMs)
  return {
    ...base,
    ...extent(talks),
    capturedMs: time.capturedMs,
    status: forbidden !== null || time.excesses.length > 0 ? 'recorded-in-error' : gaps.length > 0 ? 'partly' : 'recorded',
    why: forbidden ?? (owner.outcome === null ? { kind: 'still-open' } : null),
    gaps,
    onPurpose: time.onPurpose,
    excesses: time.excesses,
    events,
  }
}

/** A record that no call of the log fits: several do, or none. `hasUsers`: whether the file says at all whose its records are. */
export function judgeUnmatched(record: CallRecord, user: KnownUser | null, candidates: readonly string[], hasUsers: boolean): Finding {
  const of = { ownerId: user?.userId ?? '', records: [record], matchedBy: null, user }
  const base = { ...blank(of), ownerId: user?.userId ?? null, orgId: user?.orgId ?? null, recordCallId: shownId(record.callId ?? record.correlationId) }
  const talks = talksOf([record])
  if (candidates.length > 0) return { ...base, ...extent(talks), status: 'ambiguous', candidates }
  if (talks.length === 0) return { ...base, status: 'intentionally-not-recorded', why: { kind: 'not-answered' } }
  if (record.user === null && hasUsers) return { ...base, ...extent(talks), status: 'intentionally-not-recorded', why: { kind: 'no-user' } }
  if (user === null && record.user !== null) {
    const isWanted = record.result === 'successful' || (record.mode !== null && record.mode !== 'never')
    if (!isWanted) return { ...base, ...extent(talks), status: 'intentionally-not-recorded', why: { kind: 'unknown-user' } }
    return notCaptured(base, talks, { kind: 'unknown-user' }, [], of)
  }
  return notCaptured(base, talks, { kind: 'unknown-call' }, [{ type: 'call.started', how: 'missing' }], of)
}

function blank({ ownerId, records, matchedBy }: OwnersRecords): Finding {
  const fromMs = Math.min(...records.map(({ startMs }) => startMs))
  return {
    status: 'recorded',
    callId: null,
    recordCallId: null,
    ownerId,
    orgId: null,
    lines: records
      .map(({ line }) => line)
      .toSorted((a, b) => a - b)
      .slice(0, MAX_LINES),
    matchedBy,
    fromMs,
    toMs: Math.max(...records.map(({ endMs }) => endMs)),
    expectedMs: 0,
    capturedMs: 0,
    why: null,
    gaps: [],
    onPurpose: [],
    excesses: [],
    events: [],
    candidates: [],
  }
}

function otherCallId(records: readonly CallRecord[], callId: string): string | null {
  return records.find((record) => record.callId !== null && record.callId !== callId)?.callId ?? null
}

/** When the user was in the call, joined. */
function talksOf(records: readonly CallRecord[]): IntervalSet {
  return records.reduce<IntervalSet>((set, { talk }) => (talk === null ? set : add(set, talk.fromMs, talk.toMs)), [])
}

function extent(talks: IntervalSet): Partial<Pick<Finding, 'fromMs' | 'toMs' | 'expectedMs'>> {
  const [first, last] = [talks[0], talks.at(-1)]
  return first === undefined || last === undefined ? {} : { fromMs: first[0], toMs: last[1], expectedMs: total(talks) }
}

function withoutRecord(call: CapturedCall, owner: CapturedOwner | undefined, base: Finding): Finding {
  const fromMs = call.timeZeroMs ?? 0
  const ends = owner?.recordings.map(({ endMs, captured }) => endMs ?? captured.at(-1)?.[1] ?? 0) ?? []
  const capturedMs = owner?.recordings.reduce((sum, { captured }) => sum + total(captured), 0) ?? 0
  const told = { ...base, fromMs, toMs: Math.max(fromMs, ...ends.map((end) => fromMs + end)), capturedMs }
  switch (owner?.outcome?.outcome) {
    case 'excluded':
      return { ...told, status: 'intentionally-not-recorded', why: { kind: 'ledger', reason: owner.outcome.reason ?? 'excluded' } }
    case 'failed':
      return { ...told, status: 'not-recorded', why: { kind: 'ledger', reason: owner.outcome.reason ?? 'failed' } }
    default:
      return { ...told, status: 'recorded-without-record', why: { kind: 'no-record' } }
  }
}

/** The platform says that this user never answered. */
function notAnswered(call: CapturedCall, owner: CapturedOwner | undefined, base: Finding): Finding {
  const why: WhyNot = { kind: 'not-answered' }
  const recordings = owner?.recordings ?? []
  const captured = recordings.flatMap((recording) => recording.captured)
  if (captured.length === 0) return { ...base, status: 'intentionally-not-recorded', why }
  const zeroMs = call.timeZeroMs ?? 0
  const excesses = atUtc(compareTime(recordings, [], 0), zeroMs).excesses
  return {
    ...base,
    fromMs: Math.min(base.fromMs, ...excesses.map(({ fromMs }) => fromMs)),
    toMs: Math.max(base.toMs, ...excesses.map(({ toMs }) => toMs)),
    status: 'recorded-in-error',
    why,
    capturedMs: excesses.reduce((sum, { lengthMs }) => sum + lengthMs, 0),
    excesses,
    events: [{ type: 'call.answered', how: 'incomplete' }],
  }
}

/** Nothing is in the log of what the record tells: a gap if the user was to be recorded in such a call. */
function notCaptured(base: Finding, talks: IntervalSet, why: WhyNot, events: readonly MissedEvent[], { records, user }: OwnersRecords): Finding {
  const told = { ...base, ...extent(talks), why }
  const excluded = records.map(({ callType }) => alwaysExcluded(callType, user?.recordsEmergency ?? false)).find((type) => type !== null)
  // Of calls that are not recorded a platform need not say anything.
  if (excluded !== undefined && excluded !== null) return { ...told, status: 'intentionally-not-recorded', why: { kind: 'kind-of-call', callType: excluded } }
  const recordSays = records.find(({ mode }) => mode !== null)?.mode ?? null
  if (recordSays === 'never' || (user?.mode === 'never' && recordSays === null))
    return { ...told, status: 'intentionally-not-recorded', why: { kind: 'mode-never' } }
  return { ...told, status: 'not-recorded', events, gaps: whole(talks) }
}

function whole(talks: IntervalSet): Finding['gaps'] {
  return talks.map(([fromMs, toMs]) => ({ reason: 'not-recorded', channel: 'both', fromMs, toMs, lengthMs: toMs - fromMs }))
}

/** Kinds of calls that are never recorded, whatever the user's settings. */
function alwaysExcluded(callType: RecordCallType | null, recordsEmergency: boolean): RecordCallType | null {
  switch (callType) {
    case 'fax':
    case 'voicemail-retrieval':
    case 'whisper':
    case 'monitoring':
      return callType
    case 'emergency':
      return recordsEmergency ? null : callType
    default:
      return null
  }
}

/** The user is not named in a call that the log knows. */
function unnamed(talks: IntervalSet, zeroMs: number, toleranceMs: number): MissedEvent {
  const joinedLater = (talks[0]?.[0] ?? zeroMs) > zeroMs + toleranceMs
  return joinedLater ? { type: 'participant.joined', how: 'missing' } : { type: 'call.started', how: 'incomplete' }
}

/** Why nothing of the user's was recorded as the ledger says, or the record that contradicts it; `null` when something was. */
function whyNotRecorded(call: CapturedCall, { outcome }: CapturedOwner, records: readonly CallRecord[]): { why: WhyNot; isWrong: boolean } | null {
  if (outcome === null || outcome.outcome === 'recorded') return null
  const reason = outcome.reason ?? outcome.outcome
  if (outcome.outcome === 'failed') return { why: { kind: 'ledger', reason }, isWrong: true }
  const types = records.flatMap(({ callType }) => (callType === null ? [] : [callType]))
  const [type] = types
  if (reason === 'emergency' && type !== undefined && !types.includes('emergency'))
    return { why: { kind: 'call-type', recordSays: type, logSays: call.callType }, isWrong: true }
  const mode = records.find((record) => record.mode !== null)?.mode ?? null
  if (reason === 'mode-never' && mode !== null && mode !== 'never')
    return { why: { kind: 'settings-differ', recordSays: mode, ledgerSays: reason }, isWrong: true }
  if (records.some(({ result }) => result === 'successful'))
    return { why: { kind: 'settings-differ', recordSays: 'successful', ledgerSays: reason }, isWrong: true }
  return { why: { kind: 'ledger', reason }, isWrong: false }
}

function withoutCapture(
  base: Finding,
  talks: IntervalSet,
  owner: CapturedOwner,
  { why, isWrong }: { why: WhyNot; isWrong: boolean },
  time: CapturedTime,
  { minGapMs }: JudgeOptions,
): Finding {
  const told = { ...base, ...extent(talks), why }
  if (isWrong) return { ...told, status: 'not-recorded', gaps: whole(talks) }
  if (owner.outcome?.reason !== 'nothing-captured') return { ...told, status: 'intentionally-not-recorded' }
  // Ended before its announced start had: no recording ever began.
  if (owner.recordings.length === 0 && total(talks) <= LONGEST_START_MS)
    return { ...told, status: 'intentionally-not-recorded', why: { kind: 'ended-before-capture' } }
  const gaps = time.gaps.filter(({ lengthMs }) => lengthMs >= minGapMs)
  if (owner.recordings.length > 0 && gaps.length === 0) return { ...told, status: 'intentionally-not-recorded', onPurpose: time.onPurpose }
  const events: MissedEvent[] = [{ type: 'media', how: 'missing' }, ...(endedIdle(owner) ? [{ type: 'call.ended', how: 'missing' } as const] : [])]
  return { ...told, status: 'not-recorded', gaps: gaps.length > 0 ? gaps : whole(talks), onPurpose: time.onPurpose, events }
}

/** Recorded, though the platform's record names a kind of call that is not; the log was told another kind. */
function whyNotAllowed(call: CapturedCall, records: readonly CallRecord[]): WhyNot | null {
  for (const { callType, mode } of records) {
    if (mode === 'never') return { kind: 'settings-differ', recordSays: mode, ledgerSays: 'recorded' }
    if (callType !== null && callType !== call.callType && alwaysExcluded(callType, false) !== null)
      return { kind: 'call-type', recordSays: callType, logSays: call.callType }
  }
  return null
}

/** Which events would explain what differs. */
function missedEvents(time: Pick<CapturedTime, 'gaps' | 'excesses'>, owner: CapturedOwner, callReleasedMs: number | null, toleranceMs: number): MissedEvent[] {
  const found = new Map<string, MissedEvent>()
  const tell = (type: MissedEvent['type'], how: MissedEvent['how']): void => void found.set(type, { type, how })
  for (const { reason, lengthMs } of time.gaps) {
    if (reason === 'late-answer') tell('call.answered', 'late')
    else if (reason === 'late-join') tell('participant.joined', 'late')
    else if (reason === 'early-leave') tell('participant.left', 'early')
    else if (reason === 'early-end') tell('call.ended', 'early')
    else if (reason === 'no-media' || (reason === 'idle-end' && (!endedIdle(owner) || lengthMs > SOMETHING_EVERY_MS))) tell('media', 'missing')
  }
  for (const { reason, toMs } of time.excesses) {
    if (reason === 'before-answer') tell('call.answered', 'early')
    // Others were still in the call: only this user had left.
    else if (callReleasedMs !== null && toMs <= callReleasedMs + toleranceMs) tell('participant.left', 'missing')
    else tell('call.ended', 'late')
  }
  if (endedIdle(owner) || owner.outcome === null) tell('call.ended', 'missing')
  return [...found.values()]
}

function endedIdle({ recordings }: CapturedOwner): boolean {
  return recordings.at(-1)?.endReason === 'idle'
}

function atUtc({ capturedMs, gaps, onPurpose, excesses }: CapturedTime, zeroMs: number): CapturedTime {
  const move = <R>(all: readonly Interval<R>[]): Interval<R>[] => all.map((one) => ({ ...one, fromMs: one.fromMs + zeroMs, toMs: one.toMs + zeroMs }))
  return { capturedMs, gaps: move(gaps), onPurpose: move(onPurpose), excesses: move(excesses) }
}
