import type { MediaKey } from '@twinreel/catalog/media-keys'
import { TOPICS } from '@twinreel/contracts/topics'
import type { PromptKind } from '@twinreel/contracts/call-commands'
import type { MediaRun } from '@twinreel/contracts/media'
import { sealMedia } from '@twinreel/contracts/sealed-media'
import type { NewRecord } from '@twinreel/event-log/port'
import { msToSamples } from '@twinreel/media/format'
import { add, intersect, subtract, type Interval, type IntervalSet } from '@twinreel/media/intervals'
import { eventMessage, mediaMessage, type CallMessages } from '@twinreel/publisher/call-messages'
import type { CallStream, StreamRange } from '@twinreel/publisher/streams'
import { routeOf, type Faults, type Message, type Route } from './faults.ts'
import { carry, lossyLine, type LossyLine } from './packet-loss.ts'
import type { CallPlan } from './plan.ts'
import { nextOutput } from './platform-call.ts'
import { createPlatformCall, type HeldBack, type PlatformCall, type PlatformOutput } from './platform-state.ts'
import { keyOf } from './random.ts'
import { speechOf, spoken, type Speaker, type Voiced } from './speech.ts'
import type { Voice } from './plan.ts'
import type { Voices } from './voices.ts'

/** What all calls of a simulation have in common. */
export interface Setting {
  readonly seed: number
  readonly startMs: number
  readonly faults: Faults
  readonly voices: Voices
  readonly mediaKeys?: ReadonlyMap<string, MediaKey>
  /** Speaks instead of the voices. */
  readonly speaker: Speaker | null
  readonly promptLengthsMs: Readonly<Record<PromptKind, number>>
  /** Every message asks to be answered by `event.handled`. */
  readonly awaits: boolean
}

export interface SentMessage extends Message {
  readonly record: NewRecord
  /** No recorder reads it, so none answers it. */
  readonly tooLarge?: true
}

/** An event as it truly happened, whatever became of its message. */
export interface TrueEvent {
  readonly id: string
  readonly type: string
  /** When it was, whatever the clock showed that stamps `data`. */
  readonly atMs: number
  readonly data: unknown
}

/** A call on its way from the platform to the log: the platform's call, its speech, its faults, and what is true of it. */
export interface SimulatedCall {
  readonly plan: CallPlan
  readonly platform: PlatformCall
  readonly setting: Setting
  readonly timeZeroMs: number
  readonly route: Route<SentMessage>
  readonly audio: Map<CallStream, StreamAudio>
  readonly events: TrueEvent[]
  /** Ids of events that are in the log and never were. */
  readonly nonsense: Set<string>
  /** Whether they came in time is for whoever judges a recording to say: they are `dropped` too. */
  readonly lateAudio: LateAudio[]
  messages: CallMessages
  /** The last of them. */
  last: { source: string; id: string } | null
  /** Nothing more comes from the platform. */
  over: boolean
}

export interface StreamAudio {
  readonly speech: Voiced
  readonly line: LossyLine
  /** Samples lost on the way, of those that were sent; those held back are among them until they are published. */
  dropped: IntervalSet
  heldBack: IntervalSet
}

/** Samples of a stream that were published long after they were spoken. */
export interface LateAudio {
  readonly stream: CallStream
  readonly from: number
  readonly to: number
  readonly publishedMs: number
}

export function createSimulatedCall(plan: CallPlan, setting: Setting): SimulatedCall {
  return {
    plan,
    platform: createPlatformCall(plan, setting.promptLengthsMs),
    setting,
    timeZeroMs: setting.startMs + plan.startAfterMs + plan.ringMs,
    route: routeOf(setting.faults, plan, plan.end === 'vanishes'),
    audio: new Map(),
    events: [],
    nonsense: new Set(),
    lateAudio: [],
    messages: { names: { callId: plan.callId, source: firstSource(setting), awaits: setting.awaits }, count: 0 },
    last: null,
    over: false,
  }
}

function firstSource({ seed }: Setting): string {
  return `/simulator/${seed}`
}

/** The call's messages as whoever publishes it now names them: another process that took it over is a source of its own, and counts on. */
function messagesNow(call: SimulatedCall): CallMessages {
  const { restarts } = call.platform
  const source = restarts === 0 ? firstSource(call.setting) : `${firstSource(call.setting)}/${restarts + 1}`
  const { names, count } = call.messages
  if (names.source !== source) call.messages = { names: { ...names, source }, count }
  return call.messages
}

/** What the next thing that happens until call time `untilMs` brings to the log (nothing, when it is held back), or `null` when nothing happens. */
export function nextMessages(call: SimulatedCall, untilMs: number): SentMessage[] | null {
  const output = nextOutput(call.platform, untilMs)
  if (output !== null) return call.route.send(messageOf(call, output))
  if (call.platform.phase !== 'ended' || call.over) return null
  call.over = true
  return call.route.rest()
}

/** Nothing has come of the call since `after`, and its clock has gone on to `atMs`. */
export function timerDue(call: SimulatedCall, atMs: number, after: string): SentMessage {
  const messages = messagesNow(call)
  const data = { atMs, after: { source: messages.names.source, id: after } }
  const { id, message } = eventMessage(messages, 'timer.due', data, call.timeZeroMs + atMs)
  return { id, kind: 'event', type: 'timer.due', atMs, record: record(message) }
}

/** Speech and line of one stream, which are the same for the log and for the truth. */
export function audioOf(call: SimulatedCall, stream: CallStream): StreamAudio {
  const known = call.audio.get(stream)
  if (known !== undefined) return known
  const { seed, callId } = call.plan
  const names = { seed, callId, streamId: stream.streamId }
  const lossKey = keyOf('loss', seed, callId, stream.streamId, stream.format.sampleRateHz)
  const audio: StreamAudio = {
    speech: call.setting.speaker?.({ ...names, format: stream.format }) ?? recordedSpeech(call, stream),
    line: lossyLine(lossKey, call.setting.faults.loss, stream.format.sampleRateHz),
    dropped: [],
    heldBack: [],
  }
  call.audio.set(stream, audio)
  return audio
}

function recordedSpeech(call: SimulatedCall, stream: CallStream): Voiced {
  const { seed, callId } = call.plan
  const speech = speechOf({ seed, callId, streamId: stream.streamId }, call.setting.voices.loop(voiceOn(call.plan, stream), stream.format))
  return (from, to) => spoken(speech, from, to)
}

/** Of a message's value: what docs/publishing.md allows. */
const MOST_BYTES = 1_048_576

function dropped(audio: StreamAudio, from: number, to: number): void {
  audio.dropped = add(audio.dropped, from, to)
}

function messageOf(call: SimulatedCall, output: PlatformOutput): SentMessage {
  const { atMs } = output
  const messages = messagesNow(call)
  const { source } = messages.names
  if (output.kind === 'timer') {
    const data = { atMs, after: call.last ?? { source: '', id: '' } }
    const { id, message } = eventMessage(messages, 'timer.due', data, call.timeZeroMs + atMs)
    return { id, kind: 'event', type: 'timer.due', atMs, record: record(message) }
  }
  if (output.kind === 'media' || output.kind === 'late-media') {
    const late = output.kind === 'media' ? [] : lateAudioOf(call, output.held)
    const runs =
      output.kind === 'media'
        ? output.ranges.flatMap((range) => runsOf(call, range))
        : late.map(({ stream, from, to }) => runOf(stream, audioOf(call, stream), [from, to]))
    const { id, message } = mediaMessage(messages, runs, call.timeZeroMs + atMs)
    const key = call.setting.mediaKeys?.get(call.plan.callId)
    const sent = { id, kind: 'media', type: 'media', atMs, record: record(key === undefined ? message : sealMedia(message, key)) } as const
    if ((sent.record.value?.length ?? 0) > MOST_BYTES) {
      if (output.kind === 'media') for (const { stream, from, to } of output.ranges) dropped(audioOf(call, stream), from, to)
      return { ...sent, tooLarge: true }
    }
    call.lateAudio.push(...late)
    call.last = { source, id }
    return sent
  }
  const { type, data: meant } = output.event
  const data = stamped(call, meant)
  const { id, message } = eventMessage(messages, type, data, call.timeZeroMs + stampedMs(call.plan, atMs))
  call.last = { source, id }
  if (output.kind === 'nonsense') call.nonsense.add(id)
  else call.events.push({ id, type, atMs, data })
  return { id, kind: 'event', type, atMs, record: record(message) }
}

/** What the clock that stamps events shows at a call time; the answer is where both clocks are set. */
export function stampedMs({ skewMs }: Pick<CallPlan, 'skewMs'>, atMs: number): number {
  return atMs > 0 ? Math.max(0, atMs + skewMs) : atMs
}

const STAMPS = new Set(['atMs', 'fromMs', 'toMs'])

function stamped<D extends object>(call: SimulatedCall, data: D): D {
  if (call.plan.skewMs === 0) return data
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, STAMPS.has(key) ? stampedMs(call.plan, Number(value)) : (value as unknown)])) as D
}

function runsOf(call: SimulatedCall, { stream, from, to }: StreamRange): MediaRun[] {
  const audio = audioOf(call, stream)
  const { arrived, lost } = carry(audio.line, from, to)
  const { losses, actions } = call.plan
  const late = within(
    samplesOf(
      actions.filter((action) => action.do === 'send-late'),
      stream,
    ),
    from,
    to,
  )
  const lostAnyway = within(samplesOf(losses, stream), from, to)
  for (const [lateFrom, lateTo] of late)
    for (const [heldFrom, heldTo] of intersect(without(arrived, lostAnyway), lateFrom, lateTo)) audio.heldBack = add(audio.heldBack, heldFrom, heldTo)
  const gone = [...lostAnyway, ...late]
  for (const [lostFrom, lostTo] of [...lost, ...gone]) dropped(audio, lostFrom, lostTo)
  const heard = without(arrived, gone)
  // Where nothing is left, its clock is still told.
  return (gone.length > 0 && heard.length === 0 ? [[to, to] as const] : heard).map((interval) => runOf(stream, audio, interval))
}

function runOf({ streamId }: CallStream, { speech }: StreamAudio, [from, to]: Interval): MediaRun {
  return { streamId, offset: from, sampleCount: to - from, bytes: speech(from, to) }
}

/** A stream that was renegotiated since is over: its old samples could not be told from new ones. */
function lateAudioOf(call: SimulatedCall, held: HeldBack): LateAudio[] {
  const { streams } = call.platform
  return streams.flatMap((stream) => {
    if (streams.findLast(({ streamId }) => streamId === stream.streamId) !== stream) return []
    const audio = audioOf(call, stream)
    return samplesOf([held], stream).flatMap(([heldFrom, heldTo]) =>
      intersect(audio.heldBack, heldFrom, heldTo).map(([from, to]) => ({ stream, from, to, publishedMs: held.atMs })),
    )
  })
}

/** The spans of this stream, as samples. */
function samplesOf(spans: readonly { fromMs: number; toMs: number; streamId?: string | undefined }[], { streamId, format }: CallStream): Interval[] {
  return spans
    .filter((span) => span.streamId === undefined || span.streamId === streamId)
    .map(({ fromMs, toMs }) => [msToSamples(fromMs, format.sampleRateHz), msToSamples(toMs, format.sampleRateHz)])
}

function without(set: IntervalSet, gone: readonly Interval[]): IntervalSet {
  return gone.reduce<IntervalSet>((left, [from, to]) => subtract(left, from, to), set)
}

function within(spans: readonly Interval[], from: number, to: number): Interval[] {
  return spans.flatMap(([a, b]): Interval[] => (a < to && b > from ? [[Math.max(from, a), Math.min(to, b)]] : []))
}

function voiceOn(plan: CallPlan, stream: CallStream): Voice {
  const everybody = [...plan.participants, ...plan.actions.flatMap((action) => (action.do === 'join' ? [action.participant] : []))]
  return everybody.find(({ participantId }) => participantId === stream.participantIds[0])?.voice ?? 'reader'
}

function record(message: Omit<NewRecord, 'topic'>): NewRecord {
  return { topic: TOPICS.calls, ...message }
}
