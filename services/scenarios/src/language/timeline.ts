import { codec } from '@twinreel/contracts/call-events'
import { promptKind, type PromptKind } from '@twinreel/contracts/call-commands'
import { numberOf, phraseReader, textOf, type Phrase, type ReadLine, type Values } from './phrases.ts'
import { COUNT, DURATION, oneOf, TIME, WORD } from './slots.ts'

export type ControlName = 'start' | 'stop' | 'pause' | 'resume'
/** Which prompts a line is about: one kind, all that are neither tone nor beep, or all. */
export type PromptChoice = PromptKind | 'announcement' | 'prompt'
export type PromptFate = { kind: 'fails' | 'expires' | 'is-ignored' } | { kind: 'starts-late' | 'is-reported-late'; byMs: number }
export type GateFate = { kind: 'is-ignored' } | { kind: 'is-answered-late'; byMs: number }

/** What happens at a moment of the call; people by their names in the file. */
export type Happening =
  /** `pickup`: it rang somewhere else. */
  | { do: 'answer'; who: string; pickup: boolean }
  | { do: 'voicemail-answers'; who: string | null }
  | { do: 'hang-up'; who: string | null; reason: string }
  | { do: 'vanish' }
  | {
      do: 'control'
      who: string
      control: ControlName
      via: 'feature-code' | 'softkey' | 'app' | 'api'
      stamped: boolean
      datedMs: number | null
      delayMs: number
    }
  | { do: 'hold'; who: string; silent: boolean }
  | { do: 'retrieve'; who: string }
  | { do: 'join' | 'leave'; who: string; reason: string | null }
  /** `by` leaves and `to` joins; `by: null` means the one other end of the call. */
  | { do: 'transfer'; who: string; by: string | null; to: string }
  | { do: 'renegotiate'; who: string; codec: 'PCMU' | 'PCMA' | 'L16'; sampleRateHz: 8_000 | 16_000 }
  | { do: 'audio-lost'; who: string | null; forMs: number }
  /** What is said for so long reaches the log so much after the last of it was said. */
  | { do: 'audio-late'; who: string | null; forMs: number; byMs: number }
  /** Audio goes out so much later, in one message. */
  | { do: 'collect-audio'; forMs: number }
  /** `restarts`: another process goes on with the call, under ids of its own. */
  | { do: 'publisher-away'; forMs: number; restarts: boolean }
  /** The recorder goes, and another one comes when the call's next message is in the log; `losesLog`: what was in the log until then is gone. */
  | { do: 'recorder-restarts'; losesLog: boolean }
  /** Its own clock has told it, by then, that nothing was heard of the call for too long. */
  | { do: 'recorder-notices' }
  /** What no sound platform publishes. */
  | { do: 'nonsense'; nonsense: Nonsense }
  | { do: 'prompt-fate'; which: PromptChoice; every: boolean; fate: PromptFate }
  | { do: 'gate-fate'; every: boolean; fate: GateFate }

export type Nonsense =
  | { kind: 'starts-again' | 'answers-again' | 'adds-stream' }
  | { kind: 'stranger'; verb: 'leaves' | 'holds' | 'retrieves' }
  | { kind: 'gate-answer'; sequence: number }
  | { kind: 'holds'; who: string; toldMs: number }
  | { kind: 'holds-after-the-end'; who: string }

export interface TimelineLine {
  atMs: number
  happening: Happening
}

/** What becomes of the recorder may come behind the call’s end. */
export function isOfTheRecorder({ happening }: { happening: Happening }): boolean {
  return happening.do === 'recorder-restarts' || happening.do === 'recorder-notices'
}

const CONTROL_VERBS: Readonly<Record<string, ControlName>> = { starts: 'start', stops: 'stop', pauses: 'pause', resumes: 'resume' }

/** Every way to say that something happens. The line begins with its time. */
const TIMELINE_PHRASES: readonly Phrase<Happening>[] = [
  { say: '{who} answers', means: (v) => ({ do: 'answer', who: textOf(v, 'who'), pickup: false }) },
  { say: '{who} picks up', means: (v) => ({ do: 'answer', who: textOf(v, 'who'), pickup: true }) },
  { say: 'voicemail answers', means: () => ({ do: 'voicemail-answers', who: null }) },
  { say: "{who} 's voicemail answers", means: (v) => ({ do: 'voicemail-answers', who: textOf(v, 'who') }) },
  { say: '{who} (control=starts|stops) [recording] [by {via}] [, (unstamped=unstamped)] [, dated {told}] [, {delay} late]', means: control },
  { say: '{who} (control=pauses|resumes) [by {via}] [, (unstamped=unstamped)] [, dated {told}] [, {delay} late]', means: control },
  { say: '{who} holds [(silently=silently)]', means: (v) => ({ do: 'hold', who: textOf(v, 'who'), silent: v.has('silently') }) },
  { say: '{who} retrieves', means: (v) => ({ do: 'retrieve', who: textOf(v, 'who') }) },
  { say: '{who} (verb=joins|leaves) [for {reason}]', means: comeOrGo },
  { say: '{who} is transferred to {who2}', means: (v) => ({ do: 'transfer', who: textOf(v, 'who'), by: null, to: textOf(v, 'who2') }) },
  { say: '{who} transfers {who2} to {who3}', means: (v) => ({ do: 'transfer', who: textOf(v, 'who2'), by: textOf(v, 'who'), to: textOf(v, 'who3') }) },
  { say: "{who} 's stream becomes {codec} [at {rate}]", means: renegotiate },
  { say: "{who} 's audio is lost for {duration}", means: (v) => ({ do: 'audio-lost', who: textOf(v, 'who'), forMs: numberOf(v, 'duration') }) },
  { say: 'all audio is lost for {duration}', means: (v) => ({ do: 'audio-lost', who: null, forMs: numberOf(v, 'duration') }) },
  { say: "{who} 's audio comes {delay} late for {duration}", means: lateAudio },
  { say: 'all audio comes {delay} late for {duration}', means: lateAudio },
  { say: 'publisher collects audio for {duration}', means: (v) => ({ do: 'collect-audio', forMs: numberOf(v, 'duration') }) },
  { say: 'publisher restarts [after {duration}]', means: (v) => ({ do: 'publisher-away', forMs: numberOf(v, 'duration'), restarts: true }) },
  { say: 'publisher is away for {duration}', means: (v) => ({ do: 'publisher-away', forMs: numberOf(v, 'duration'), restarts: false }) },
  { say: 'recorder restarts', means: () => ({ do: 'recorder-restarts', losesLog: false }) },
  { say: 'recorder restarts without the log', means: () => ({ do: 'recorder-restarts', losesLog: true }) },
  { say: 'recorder notices the silence', means: () => ({ do: 'recorder-notices' }) },
  { say: 'publisher starts the call again', means: () => nonsense({ kind: 'starts-again' }) },
  { say: 'publisher answers the call again', means: () => nonsense({ kind: 'answers-again' }) },
  { say: 'publisher adds a stream too early', means: () => nonsense({ kind: 'adds-stream' }) },
  {
    say: 'publisher says that a stranger (verb=leaves|holds|retrieves)',
    means: (v) => nonsense({ kind: 'stranger', verb: textOf(v, 'verb') as 'leaves' }),
  },
  { say: 'publisher answers gate command {count} again', means: (v) => nonsense({ kind: 'gate-answer', sequence: numberOf(v, 'count') }) },
  { say: 'publisher says that {who} holds at {told}', means: (v) => nonsense({ kind: 'holds', who: textOf(v, 'who'), toldMs: numberOf(v, 'told') }) },
  { say: 'publisher says that {who} holds after the end', means: (v) => nonsense({ kind: 'holds-after-the-end', who: textOf(v, 'who') }) },
  { say: '(how=next|every) {prompt} (fate=fails|expires)', means: (v) => promptFate(v, { kind: textOf(v, 'fate') === 'fails' ? 'fails' : 'expires' }) },
  { say: '(how=next|every) {prompt} is ignored', means: (v) => promptFate(v, { kind: 'is-ignored' }) },
  { say: '(how=next|every) {prompt} starts {duration} late', means: (v) => promptFate(v, { kind: 'starts-late', byMs: numberOf(v, 'duration') }) },
  { say: '(how=next|every) {prompt} is reported {duration} late', means: (v) => promptFate(v, { kind: 'is-reported-late', byMs: numberOf(v, 'duration') }) },
  { say: '(how=next|every) gate command is ignored', means: (v) => gateFate(v, { kind: 'is-ignored' }) },
  { say: '(how=next|every) gate command is answered {duration} late', means: (v) => gateFate(v, { kind: 'is-answered-late', byMs: numberOf(v, 'duration') }) },
  { say: '{who} hangs up [for {reason}]', means: (v) => ({ do: 'hang-up', who: textOf(v, 'who'), reason: textOf(v, 'reason') || 'normal' }) },
  { say: 'hang up [for {reason}]', means: (v) => ({ do: 'hang-up', who: null, reason: textOf(v, 'reason') || 'normal' }) },
  { say: 'call vanishes', means: () => ({ do: 'vanish' }) },
]

/** Reads lines such as `00:05.250 alice pauses by app`; `names` are those of the file's users and parties. */
export function timelineReader(names: readonly string[]): (line: string) => ReadLine<TimelineLine> {
  const slots = {
    who: oneOf('the name of a user or party', names),
    via: oneOf('feature-code, softkey, app or api', ['feature-code', 'softkey', 'app', 'api']),
    delay: DURATION,
    duration: DURATION,
    reason: WORD,
    codec: oneOf('PCMU, PCMA or L16', codec.options),
    rate: oneOf('8000 or 16000', ['8000', '16000']),
    prompt: oneOf('a prompt (announcement, prompt or one kind of them)', [...promptKind.options, 'announcement', 'prompt']),
    time: TIME,
    told: TIME,
    count: COUNT,
  }
  return phraseReader(
    TIMELINE_PHRASES.map(({ say, means }): Phrase<TimelineLine> => ({
      say: `{time} ${say}`,
      means: (v) => ({ atMs: numberOf(v, 'time'), happening: means(v) }),
    })),
    slots,
  )
}

function control(v: Values): Happening {
  const via = textOf(v, 'via') || 'softkey'
  return {
    do: 'control',
    who: textOf(v, 'who'),
    control: CONTROL_VERBS[textOf(v, 'control')] ?? 'pause',
    via: via as 'softkey',
    stamped: !v.has('unstamped'),
    datedMs: v.has('told') ? numberOf(v, 'told') : null,
    delayMs: numberOf(v, 'delay'),
  }
}

function comeOrGo(v: Values): Happening {
  return { do: textOf(v, 'verb') === 'joins' ? 'join' : 'leave', who: textOf(v, 'who'), reason: textOf(v, 'reason') || null }
}

function renegotiate(v: Values): Happening {
  return { do: 'renegotiate', who: textOf(v, 'who'), codec: textOf(v, 'codec') as 'PCMU', sampleRateHz: textOf(v, 'rate') === '16000' ? 16_000 : 8_000 }
}

function lateAudio(v: Values): Happening {
  return { do: 'audio-late', who: textOf(v, 'who') || null, forMs: numberOf(v, 'duration'), byMs: numberOf(v, 'delay') }
}

function nonsense(of: Nonsense): Happening {
  return { do: 'nonsense', nonsense: of }
}

function promptFate(v: Values, fate: PromptFate): Happening {
  return { do: 'prompt-fate', which: textOf(v, 'prompt') as PromptChoice, every: textOf(v, 'how') === 'every', fate }
}

function gateFate(v: Values, fate: GateFate): Happening {
  return { do: 'gate-fate', every: textOf(v, 'how') === 'every', fate }
}
