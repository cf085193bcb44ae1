import { STATUSES, type Finding, type Interval, type Status } from '@twinreel/call-records/finding'
import { eventText, reasonText, whyText } from '@twinreel/call-records/words'
import { bar } from '../report/bars.ts'
import { counted, isoTime } from '../format.ts'
import { doubtText, type Doubt } from './doubts.ts'
import type { Reconciled } from './reconcile-records.ts'

/** What a page about a comparison says, in text, HTML or JSON. */
export interface PageFacts extends Reconciled {
  file: string
  toleranceMs: number
  repeated: number
  outside: number
  doubts: readonly Doubt[]
}

export interface HourCount {
  hourMs: number
  status: Status
  count: number
}

/** Hours with something in them, in their order. */
export function hoursOf(counts: readonly HourCount[]): { hourMs: number; counts: Partial<Record<Status, number>>; total: number }[] {
  return [...Map.groupBy(counts, ({ hourMs }) => hourMs)].map(([hourMs, own]) => ({
    hourMs,
    counts: Object.fromEntries(own.map(({ status, count }) => [status, count])),
    total: own.reduce((sum, { count }) => sum + count, 0),
  }))
}

/** For people's words. */
export const STATUS_WORDS: Readonly<Record<Status, string>> = {
  recorded: 'recorded',
  partly: 'partly recorded',
  'not-recorded': 'not recorded',
  'recorded-without-record': 'recorded without a record of the call',
  'recorded-in-error': 'recorded in error',
  'intentionally-not-recorded': 'intentionally not recorded',
  ambiguous: 'ambiguous',
}

/** The head of the text page: the time, a line for each status, a line for each hour. */
export function headText(facts: PageFacts, hours: readonly HourCount[]): string {
  const all = hoursOf(hours)
  const most = Math.max(...all.map(({ total }) => total), 0)
  const width = Math.max(...Object.values(STATUS_WORDS).map((words) => words.length))
  return [
    ...facts.doubts.map((doubt) => `${doubtText(doubt)}\n`),
    `${isoTime(facts.fromMs)} to ${isoTime(facts.toMs)}, ${counted(facts.records, 'record')}${usersText(facts)}${facts.repeated > 0 ? `, ${facts.repeated} more ${facts.repeated === 1 ? 'was a repeat' : 'were repeats'}` : ''}${facts.outside > 0 ? `, ${facts.outside} outside of that time` : ''}; clocks may differ by ${facts.toleranceMs} ms`,
    '',
    ...STATUSES.filter((status) => facts.counts[status] > 0).map((status) => `  ${STATUS_WORDS[status].padEnd(width)}  ${facts.counts[status]}`),
    '',
    ...all.map(({ hourMs, counts, total }) => {
      const others = STATUSES.filter((status) => status !== 'recorded' && (counts[status] ?? 0) > 0).map(
        (status) => `${counts[status]} ${STATUS_WORDS[status]}`,
      )
      return `${hourText(hourMs)}  ${bar(total, most, 24).padEnd(24)}  ${counts.recorded ?? 0} recorded${others.length === 0 ? '' : `, ${others.join(', ')}`}`
    }),
    '',
  ].join('\n')
}

/** Whose records these are, where the file says. */
export function usersText({ users: { named, known } }: Pick<PageFacts, 'users'>): string {
  return named === 0 ? '' : ` of ${counted(named, 'user')}, ${known} of them known here`
}

export function hourText(hourMs: number): string {
  return isoTime(hourMs).slice(0, 13).replace('T', ' ') + ':00'
}

/** To the millisecond, with the day. */
export function momentText(timeMs: number): string {
  return isoTime(timeMs).slice(0, 23).replace('T', ' ')
}

const BAR_WIDTH = 48
const TIME_IN_DAY = 11

/** One finding of the text page. */
export function findingText(finding: Finding): string {
  return [
    `${momentText(finding.fromMs)} – ${momentText(finding.toMs).slice(TIME_IN_DAY)}  ${STATUS_WORDS[finding.status]}  ${whoText(finding)}`,
    ...(finding.expectedMs > 0 ? [`  ${timeline(finding)} ${secondsText(finding.capturedMs)} of ${secondsText(finding.expectedMs)}`] : []),
    ...factLines(finding).map((line) => `  ${line}`),
  ].join('\n')
}

/** The call, the user and where the file says so; no number. */
export function whoText({ callId, recordCallId, ownerId, lines, matchedBy }: Finding): string {
  return [
    callId === null ? `unknown call ${recordCallId ?? ''}`.trim() : `call ${callId}`,
    ...(ownerId === null ? [] : [`user ${ownerId}`]),
    ...(lines.length === 0 ? [] : [`line ${lines.join(', ')}`]),
    ...(matchedBy === 'time' || matchedBy === 'correlation-id' ? [`found by ${matchedBy === 'time' ? 'user and time' : 'correlation id'}`] : []),
  ].join(', ')
}

/** Everything else a finding says, a line each. */
export function factLines(finding: Finding): string[] {
  return [
    ...(finding.why === null ? [] : [`why: ${whyText(finding.why)}`]),
    ...finding.gaps.map((gap) => `missing ${intervalText(gap)}`),
    ...finding.excesses.map((excess) => `too much ${intervalText(excess)}`),
    ...finding.onPurpose.map((span) => `left out ${intervalText(span)}`),
    ...finding.events.map((event) => `event: ${eventText(event)}`),
    ...(finding.candidates.length === 0 ? [] : [`fits as well: ${finding.candidates.map((callId) => `call ${callId}`).join(', ')}`]),
  ]
}

function intervalText({ reason, channel, fromMs, toMs, lengthMs }: Interval<Parameters<typeof reasonText>[0]>): string {
  const side = channel === 'both' ? '' : channel === 'near' ? ', the user’s side' : ', the other side'
  const where = lengthMs < toMs - fromMs ? ' somewhere in it (the recording was purged)' : ''
  return `${momentText(fromMs).slice(TIME_IN_DAY)} – ${momentText(toMs).slice(TIME_IN_DAY)}  ${secondsText(lengthMs)}${where}  ${reasonText(reason)}${side}`
}

export function secondsText(ms: number): string {
  return `${(ms / 1_000).toFixed(3)} s`
}

/** `█` captured, `·` left out on purpose, `!` missing. */
function timeline({ fromMs, toMs, gaps, onPurpose }: Finding): string {
  const sliceMs = (toMs - fromMs) / BAR_WIDTH
  return Array.from({ length: BAR_WIDTH }, (_, index) => {
    const [from, to] = [fromMs + index * sliceMs, fromMs + (index + 1) * sliceMs]
    const meets = ({ fromMs: a, toMs: b }: { fromMs: number; toMs: number }): boolean => a < to && b > from
    return gaps.some(meets) ? '!' : onPurpose.some(meets) ? '·' : '█'
  }).join('')
}

/** A finding of the JSON document: times as ISO 8601 UTC. */
export function findingDocument({ fromMs, toMs, gaps, excesses, onPurpose, ...finding }: Finding): Record<string, unknown> {
  const spans = (all: readonly Interval<string>[]): unknown[] =>
    all.map(({ fromMs: from, toMs: to, ...span }) => ({ ...span, from: isoTime(from), to: isoTime(to) }))
  return { ...finding, from: isoTime(fromMs), to: isoTime(toMs), gaps: spans(gaps), excesses: spans(excesses), onPurpose: spans(onPurpose) }
}

/** The JSON document's head. */
export function headDocument({ fromMs, toMs, users: { named, known }, ...facts }: PageFacts, hours: readonly HourCount[]): Record<string, unknown> {
  return {
    ...facts,
    users: { named, known },
    from: isoTime(fromMs),
    to: isoTime(toMs),
    hours: hoursOf(hours).map(({ hourMs, counts }) => ({ hour: isoTime(hourMs), ...counts })),
  }
}
