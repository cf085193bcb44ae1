import { promptKind, rejectionReason, type PromptKind, type RejectionReason } from '@twinreel/contracts/call-commands'
import { deadLetterReason, type DeadLetterReason } from '@twinreel/contracts/lifecycle'
import type { ControlName } from './timeline.ts'
import { numberOf, phraseReader, textOf, type Phrase, type ReadLine, type Values } from './phrases.ts'
import { COUNT, DURATION, oneOf, TIME, WORD } from './slots.ts'
import { writeCallTime } from '@twinreel/contracts/call-time'
import { writeDuration } from './call-clock.ts'

/** A prompt that comes again and again at even distances stands in one line. */
export interface Series {
  fromMs: number
  toMs: number
  times: number
  everyMs: number
}

/** What is told of one owner's recording of a call, in its call time. `recording` counts from 1. */
export type OwnerFact =
  | { kind: 'captured' | 'paused'; fromMs: number; toMs: number; recording: number }
  | { kind: 'held'; fromMs: number; toMs: number }
  | { kind: 'lost'; fromMs: number; toMs: number; channel: 'near' | 'far' }
  | ({ kind: 'prompt'; prompt: PromptKind; outcome: PromptOutcome } & Series)
  | { kind: 'rejected'; atMs: number; control: ControlName; reason: RejectionReason }
  | { kind: 'icon'; atMs: number; icon: 'recording' | 'paused' | 'off' }
  | { kind: 'kept'; atMs: number }
  /** What other programs read on the topic `recordings` while the call goes on. */
  | { kind: 'published'; atMs: number; event: PublishedEvent; recording: number }
  | { kind: 'joined' | 'left'; atMs: number; who: string }
  | { kind: 'control-late'; atMs: number; control: ControlName; askedMs: number }
  | { kind: 'gate-unanswered'; atMs: number }
  | { kind: 'late-audio'; fromMs: number; toMs: number; who: string }
  | { kind: 'log-lost'; fromMs: number; toMs: number }
  | { kind: 'ended'; atMs: number; reason: string; recording: number }

export type PublishedEvent = (typeof PUBLISHED_EVENTS)[number]
export type PromptOutcome = 'played' | 'expired' | 'failed' | 'unanswered' | 'unsupported'

/** What is told of the call itself: what everybody heard, and what the platform was asked. */
export type CallFact =
  | ({ kind: 'heard'; prompt: PromptKind } & Series)
  | { kind: 'gate'; atMs: number; gate: 'shut' | 'opened' }
  | { kind: 'released'; atMs: number }
  /** A key of somebody who is nobody’s owner in this call. */
  | { kind: 'rejected'; atMs: number; control: ControlName; reason: RejectionReason }
  | { kind: 'dead-letters'; reason: DeadLetterReason; times: number }

export const PUBLISHED_EVENTS = ['recording.started', 'recording.paused', 'recording.resumed'] as const
const PROMPT_OUTCOMES = ['played', 'expired', 'failed', 'unanswered', 'unsupported'] as const

const OWNER_PHRASES: readonly Phrase<OwnerFact>[] = [
  {
    say: '{time1} to {time2} (kind=captured|paused) [in recording {count}]',
    means: (v) => ({ ...span(v), kind: textOf(v, 'kind') as 'paused', ...inRecording(v) }),
  },
  { say: '{time1} to {time2} held', means: (v) => ({ kind: 'held', ...span(v) }) },
  { say: '{time1} to {time2} (channel=near|far) lost', means: (v) => ({ kind: 'lost', ...span(v), channel: textOf(v, 'channel') as 'near' }) },
  { say: '{time1} to {time2} {prompt} {outcome} [, {count} times every {duration}]', means: prompt },
  { say: '{time1} {control} rejected , {rejection}', means: rejected },
  { say: '{time1} icon (icon=recording|paused|off)', means: (v) => ({ kind: 'icon', ...at(v), icon: textOf(v, 'icon') as 'off' }) },
  {
    say: '{time1} {event} published [in recording {count}]',
    means: (v) => ({ kind: 'published', ...at(v), event: textOf(v, 'event') as PublishedEvent, ...inRecording(v) }),
  },
  { say: '{time1} kept', means: (v) => ({ kind: 'kept', ...at(v) }) },
  { say: '{time1} {who} (kind=joined|left)', means: (v) => ({ kind: textOf(v, 'kind') as 'left', ...at(v), who: textOf(v, 'who') }) },
  { say: '{time1} {control} came late , asked for {time2}', means: late },
  { say: '{time1} gate command unanswered', means: (v) => ({ kind: 'gate-unanswered', ...at(v) }) },
  { say: '{time1} to {time2} late audio of {who}', means: (v) => ({ kind: 'late-audio', ...span(v), who: textOf(v, 'who') }) },
  { say: '{time1} to {time2} lost with the log', means: (v) => ({ kind: 'log-lost', ...span(v) }) },
  { say: '{time1} ended , {reason} [in recording {count}]', means: (v) => ({ kind: 'ended', ...at(v), reason: textOf(v, 'reason'), ...inRecording(v) }) },
]

const CALL_PHRASES: readonly Phrase<CallFact>[] = [
  {
    say: '{time1} to {time2} {prompt} heard [, {count} times every {duration}]',
    means: (v) => ({ kind: 'heard', prompt: textOf(v, 'prompt') as PromptKind, ...series(v) }),
  },
  { say: '{time1} gate (gate=shut|opened)', means: (v) => ({ kind: 'gate', ...at(v), gate: textOf(v, 'gate') as 'shut' }) },
  { say: '{time1} {control} rejected , {rejection}', means: rejected },
  { say: '{time1} asked to release the call', means: (v) => ({ kind: 'released', ...at(v) }) },
  {
    say: 'dead letter {letter} [, {count} times]',
    means: (v) => ({ kind: 'dead-letters', reason: textOf(v, 'letter') as DeadLetterReason, times: v.has('count') ? numberOf(v, 'count') : 1 }),
  },
]

const CONTROLS = ['start', 'stop', 'pause', 'resume'] as const

function slotsFor(names: readonly string[]) {
  return {
    time: TIME,
    duration: DURATION,
    count: COUNT,
    reason: WORD,
    prompt: oneOf('a kind of prompt', promptKind.options),
    outcome: oneOf('played, expired, failed, unanswered or unsupported', PROMPT_OUTCOMES),
    control: oneOf('start, stop, pause or resume', CONTROLS),
    event: oneOf('recording.started, recording.paused or recording.resumed', PUBLISHED_EVENTS),
    rejection: oneOf('a reason to reject a control', rejectionReason.options),
    letter: oneOf('a reason of a dead letter', deadLetterReason.options),
    who: oneOf('the name of a user or party', names),
  }
}

export function ownerFactReader(names: readonly string[]): (line: string) => ReadLine<OwnerFact> {
  return phraseReader(OWNER_PHRASES, slotsFor(names))
}

export function callFactReader(): (line: string) => ReadLine<CallFact> {
  return phraseReader(CALL_PHRASES, slotsFor([]))
}

/** A fact as its line; read again it is the same fact. */
export function writeFact(fact: OwnerFact | CallFact): string {
  switch (fact.kind) {
    case 'captured':
    case 'paused':
      return `${writtenSpan(fact)} ${fact.kind}${writtenRecording(fact.recording)}`
    case 'held':
      return `${writtenSpan(fact)} held`
    case 'lost':
      return `${writtenSpan(fact)} ${fact.channel} lost`
    case 'prompt':
      return `${writtenSpan(fact)} ${fact.prompt} ${fact.outcome}${writtenSeries(fact)}`
    case 'heard':
      return `${writtenSpan(fact)} ${fact.prompt} heard${writtenSeries(fact)}`
    case 'rejected':
      return `${writeCallTime(fact.atMs)} ${fact.control} rejected, ${fact.reason}`
    case 'icon':
      return `${writeCallTime(fact.atMs)} icon ${fact.icon}`
    case 'published':
      return `${writeCallTime(fact.atMs)} ${fact.event} published${writtenRecording(fact.recording)}`
    case 'kept':
      return `${writeCallTime(fact.atMs)} kept`
    case 'joined':
    case 'left':
      return `${writeCallTime(fact.atMs)} ${fact.who} ${fact.kind}`
    case 'control-late':
      return `${writeCallTime(fact.atMs)} ${fact.control} came late, asked for ${writeCallTime(fact.askedMs)}`
    case 'gate-unanswered':
      return `${writeCallTime(fact.atMs)} gate command unanswered`
    case 'late-audio':
      return `${writtenSpan(fact)} late audio of ${fact.who}`
    case 'log-lost':
      return `${writtenSpan(fact)} lost with the log`
    case 'ended':
      return `${writeCallTime(fact.atMs)} ended, ${fact.reason}${writtenRecording(fact.recording)}`
    case 'gate':
      return `${writeCallTime(fact.atMs)} gate ${fact.gate}`
    case 'released':
      return `${writeCallTime(fact.atMs)} asked to release the call`
    case 'dead-letters':
      return `dead letter ${fact.reason}${fact.times === 1 ? '' : `, ${fact.times} times`}`
  }
}

function writtenSpan({ fromMs, toMs }: { fromMs: number; toMs: number }): string {
  return `${writeCallTime(fromMs)} to ${writeCallTime(toMs)}`
}

function writtenSeries({ times, everyMs }: Series): string {
  return times === 1 ? '' : `, ${times} times every ${writeDuration(everyMs)}`
}

function writtenRecording(recording: number): string {
  return recording === 1 ? '' : ` in recording ${recording}`
}

function at(v: Values): { atMs: number } {
  return { atMs: numberOf(v, 'time1') }
}

function span(v: Values): { fromMs: number; toMs: number } {
  return { fromMs: numberOf(v, 'time1'), toMs: numberOf(v, 'time2') }
}

function inRecording(v: Values): { recording: number } {
  return { recording: v.has('count') ? numberOf(v, 'count') : 1 }
}

function series(v: Values): Series {
  return { ...span(v), times: v.has('count') ? numberOf(v, 'count') : 1, everyMs: numberOf(v, 'duration') }
}

function prompt(v: Values): OwnerFact {
  return { kind: 'prompt', prompt: textOf(v, 'prompt') as PromptKind, outcome: textOf(v, 'outcome') as PromptOutcome, ...series(v) }
}

function rejected(v: Values): Extract<OwnerFact, { kind: 'rejected' }> {
  return { kind: 'rejected', ...at(v), control: textOf(v, 'control') as ControlName, reason: textOf(v, 'rejection') as RejectionReason }
}

function late(v: Values): OwnerFact {
  return { kind: 'control-late', ...at(v), control: textOf(v, 'control') as ControlName, askedMs: numberOf(v, 'time2') }
}
