import type { MediaKey } from '@twinreel/catalog/media-keys'
import { TOPICS } from '@twinreel/contracts/topics'
import type { PromptKind } from '@twinreel/contracts/call-commands'
import type { MediaRun } from '@twinreel/contracts/media'
import { sealMedia } from '@twinreel/contracts/sealed-media'
import type { NewRecord } from '@twinreel/event-log/port'
import { add, type IntervalSet } from '@twinreel/media/intervals'
import { eventMessage, mediaMessage, type CallMessages } from '@twinreel/publisher/call-messages'
import type { CallStream, StreamRange } from '@twinreel/publisher/streams'
import { routeOf, type Faults, type Message, type Route } from './faults.ts'
import { carry, lossyLine, type LossyLine } from './packet-loss.ts'
import type { CallPlan } from './plan.ts'
import { nextOutput } from './platform-call.ts'
import { createPlatformCall, type PlatformCall, type PlatformOutput } from './platform-state.ts'
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
}

/** An event as it truly happened, whatever became of its message. */
export interface TrueEvent {
  readonly id: string
  readonly type: string
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
  readonly messages: CallMessages
  /** Nothing more comes from the platform. */
  over: boolean
}

export interface StreamAudio {
  readonly speech: Voiced
  readonly line: LossyLine
  /** Samples lost on the way, of those that were sent. */
  dropped: IntervalSet
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
    messages: { names: { callId: plan.callId, source: sourceOf(setting.seed), awaits: setting.awaits }, count: 0 },
    over: false,
  }
}

function sourceOf(seed: number): string {
  return `/simulator/${seed}`
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
  const data = { atMs, after: { source: sourceOf(call.setting.seed), id: after } }
  const { id, message } = eventMessage(call.messages, 'timer.due', data, call.timeZeroMs + atMs)
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
  }
  call.audio.set(stream, audio)
  return audio
}

function recordedSpeech(call: SimulatedCall, stream: CallStream): Voiced {
  const { seed, callId } = call.plan
  const speech = speechOf({ seed, callId, streamId: stream.streamId }, call.setting.voices.loop(voiceOn(call.plan, stream), stream.format))
  return (from, to) => spoken(speech, from, to)
}

function messageOf(call: SimulatedCall, output: PlatformOutput): SentMessage {
  const { atMs } = output
  const timeMs = call.timeZeroMs + atMs
  if (output.kind === 'media') {
    const runs = output.ranges.flatMap((range) => runsOf(call, range))
    const { id, message } = mediaMessage(call.messages, runs, timeMs)
    const key = call.setting.mediaKeys?.get(call.plan.callId)
    return { id, kind: 'media', type: 'media', atMs, record: record(key === undefined ? message : sealMedia(message, key)) }
  }
  const { type, data } = output.event
  const { id, message } = eventMessage(call.messages, type, data, timeMs)
  call.events.push({ id, type, atMs, data })
  return { id, kind: 'event', type, atMs, record: record(message) }
}

function runsOf(call: SimulatedCall, { stream, from, to }: StreamRange): MediaRun[] {
  const audio = audioOf(call, stream)
  const { arrived, lost } = carry(audio.line, from, to)
  for (const [lostFrom, lostTo] of lost) audio.dropped = add(audio.dropped, lostFrom, lostTo)
  return arrived.map(([runFrom, runTo]) => ({
    streamId: stream.streamId,
    offset: runFrom,
    sampleCount: runTo - runFrom,
    bytes: audio.speech(runFrom, runTo),
  }))
}

function voiceOn(plan: CallPlan, stream: CallStream): Voice {
  const everybody = [...plan.participants, ...plan.actions.flatMap((action) => (action.do === 'join' ? [action.participant] : []))]
  return everybody.find(({ participantId }) => participantId === stream.participantIds[0])?.voice ?? 'reader'
}

function record(message: Omit<NewRecord, 'topic'>): NewRecord {
  return { topic: TOPICS.calls, ...message }
}
