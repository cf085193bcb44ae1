import type { CallEvent } from '@twinreel/contracts/messages'
import type { DeadLetterReason } from '@twinreel/contracts/lifecycle'
import { samplesToMs } from '@twinreel/media/format'
import { subtract } from '@twinreel/media/intervals'
import type { Effect } from '../effects.ts'
import type { Policies } from '../policy.ts'
import type { ControlName } from '../settings.ts'
import { gateClosed, gateOpened, gateOverdue, promptFinished, promptsOverdue } from './answers.ts'
import { control } from './controls.ts'
import { callEnded, reopen, settle, timePassed } from './ending.ts'
import { answer, hold, join, leave, pick, retrieve } from './people.ts'
import { find } from './lookup.ts'
import { MAX_PARTICIPANTS, REMEMBERED_EVENTS, type CallState } from './state.ts'
import { patch, type Step } from './step.ts'
import { tonesDue } from './tones.ts'
import { MAX_JUMP_MS, addStream, freshFromMs, placeRuns, trackOf } from './tracks.ts'

export interface Folded {
  /** `null` when the message belongs to no call. */
  state: CallState | null
  effects: readonly Effect[]
  /** Runs of a media message whose audio may be needed, and the track each belongs to. */
  placed: readonly { runIndex: number; trackId: string }[]
}

/**
 * One message of the log into the state of its call: the whole of what a recording depends on. `policies` holds those of
 * `participantsToResolve(state, event)`. Never throws for what a publisher sent; what can't be taken becomes a `dead-letter` effect.
 */
export function fold(state: CallState | null, event: CallEvent, policies: Policies): Folded {
  const handled: Effect[] = event.awaits ? [{ kind: 'command', id: `${event.callId}/h/${event.id}`, command: { type: 'event.handled', data: { eventId: event.id } } }] : []
  if (state === null) {
    if (event.type === 'call.started') return open(event, handled)
    return { state: null, effects: [refusal('call-not-started', `${event.type} of a call that never started`), ...handled], placed: [] }
  }
  const step: Step = { state, effects: [], placed: [] }
  take(step, event, policies)
  return { state: step.state, effects: [...step.effects, ...handled], placed: step.placed }
}

function open(event: Extract<CallEvent, { type: 'call.started' }>, handled: readonly Effect[]): Folded {
  const { data } = event
  const state: CallState = {
    callId: event.callId,
    orgId: data.orgId,
    phase: 'started',
    number: 0,
    last: { source: event.source, id: event.id },
    seen: [eventKey(event)],
    callType: data.callType ?? null,
    direction: data.direction ?? null,
    correlationId: data.correlationId ?? null,
    capabilities: { prompts: data.capabilities.prompts, gate: data.capabilities.gate, indicator: data.capabilities.indicator },
    timeZeroMs: 0,
    rules: null,
    voicemail: null,
    clockMs: 0,
    audioEndMs: 0,
    floorMs: 0,
    participants: Object.fromEntries(
      data.participants.map((participant) => [participant.participantId, { participant: pick(participant), ownerId: null, joinedMs: 0, leftMs: null }]),
    ),
    tracks: {},
    streams: {},
    owners: {},
    prompts: [],
    gate: { state: 'open', sequence: 0, askedMs: 0, deadlineMs: 0, waiting: [] },
    holding: {},
    held: [],
    ending: null,
    lateMs: 0,
  }
  const opened: Effect = { kind: 'call.opened', callType: state.callType, direction: state.direction, correlationId: state.correlationId }
  return { state, effects: [opened, ...handled], placed: [] }
}

function take(step: Step, event: CallEvent, policies: Policies): void {
  if (event.type === 'timer.due') return takeTimer(step, event)
  const known = event.type !== 'media' && step.state.seen.includes(eventKey(event))
  patch(step, { last: { source: event.source, id: event.id } })
  if (known) {
    step.effects.push({ kind: 'counted', what: 'duplicate-event', amount: 1 })
    return
  }
  // What comes after the end is not remembered: a flood of it must not drive out the ids by which the call's own repeats are known.
  if (event.type !== 'media' && step.state.phase !== 'closed') patch(step, { seen: [...step.state.seen, eventKey(event)].slice(-REMEMBERED_EVENTS) })
  const refused = refuse(step.state, event)
  if (refused !== null) {
    step.effects.push(refused)
    return
  }
  const atMs = callTimeMs(step.state, event)
  if (step.state.phase === 'silent') goesOn(step, event, atMs)
  if (event.type !== 'media' && !isControl(event) && step.state.phase !== 'started') patch(step, { clockMs: Math.max(step.state.clockMs, atMs) })
  apply(step, event, atMs, policies)
  if (step.state.phase === 'answered' || step.state.phase === 'ending') clockMoved(step)
}

/** A call thought to be over goes on, if this is more than an answer to what was asked before, or somebody's leaving. A control decides by itself. */
function goesOn(step: Step, event: CallEvent, atMs: number): void {
  switch (event.type) {
    case 'media': {
      const fromMs = freshFromMs(step.state, event.runs)
      if (fromMs !== null) reopen(step, fromMs)
      return
    }
    case 'participant.joined':
    case 'stream.added':
    case 'stream.changed':
    case 'call.held':
    case 'call.retrieved':
      return reopen(step, atMs)
    default:
  }
}

/** What follows from the clock alone, whatever moved it. */
function clockMoved(step: Step): void {
  promptsOverdue(step, step.state.clockMs)
  gateOverdue(step, step.state.clockMs)
  tonesDue(step)
  settle(step, false)
  // Holds behind the floor have been told in their segments.
  patch(step, { held: subtract(step.state.held, 0, step.state.floorMs) })
}

function takeTimer(step: Step, event: Extract<CallEvent, { type: 'timer.due' }>): void {
  const { last } = step.state
  // Something came in between: the call was not silent.
  if (event.data.after.source !== last.source || event.data.after.id !== last.id) return
  if (step.state.phase === 'answered') {
    promptsOverdue(step, event.data.atMs)
    gateOverdue(step, event.data.atMs)
  }
  timePassed(step, event.data.atMs)
}

function apply(step: Step, event: Exclude<CallEvent, { type: 'timer.due' }>, atMs: number, policies: Policies): void {
  switch (event.type) {
    case 'call.started':
      return
    case 'call.answered':
      return answer(step, event.data, event.timeMs ?? 0, policies)
    case 'participant.joined':
      return join(step, event.data, atMs, policies)
    case 'participant.left':
      return leave(step, event.data.participantId, atMs)
    case 'stream.added':
    case 'stream.changed':
      return addStream(step, event.data.stream, atMs)
    case 'call.held':
      return hold(step, event.data.participantId, atMs)
    case 'call.retrieved':
      return retrieve(step, event.data.participantId, atMs)
    case 'media':
      return placeRuns(step, event.runs)
    case 'prompt.finished':
      return promptFinished(step, event.data, atMs)
    case 'gate.closed':
      return gateClosed(step, event.data.sequence, atMs)
    case 'gate.opened':
      return gateOpened(step, event.data.sequence, atMs)
    case 'control.start':
    case 'control.stop':
    case 'control.pause':
    case 'control.resume':
      return control(step, event.type.slice('control.'.length) as ControlName, event.data, event.id)
    case 'call.ended':
      return callEnded(step, event.data, atMs)
  }
}

/** Messages that make no sense where the call stands. Controls are answered instead, audio after the end is counted. */
function refuse(state: CallState, event: CallEvent): Effect | null {
  if (event.type === 'call.started') return refusal('conflict', 'the call has started already')
  if (event.type === 'call.answered' && state.phase !== 'started') return refusal('conflict', 'the call has been answered already')
  if (isControl(event)) return null
  const over = state.phase === 'ending' || state.phase === 'closed'
  // Answers to what was asked before the end may still be on their way.
  const isAnswer = event.type === 'prompt.finished' || event.type === 'gate.closed' || event.type === 'gate.opened'
  if (event.type === 'media' ? state.phase === 'closed' && !aboutKnownAudio(state, event.runs) : over && !isAnswer) {
    return refusal('call-ended', `${event.type} after the end of the call`)
  }
  if (state.phase === 'started' && (event.type === 'media' || event.type.startsWith('stream.'))) return refusal('call-not-answered', `${event.type} before the answer`)
  if ((event.type === 'participant.left' || event.type === 'call.held' || event.type === 'call.retrieved') && find(state.participants, event.data.participantId) === undefined) {
    return refusal('unknown-participant', `${event.type} of somebody who is not in the call`)
  }
  if (event.type === 'participant.joined' && Object.keys(state.participants).length >= MAX_PARTICIPANTS && find(state.participants, event.data.participant.participantId) === undefined) {
    return refusal('too-large', `more than ${MAX_PARTICIPANTS} participants in one call`)
  }
  if (event.type !== 'media' && callTimeMs(state, event) > state.clockMs + MAX_JUMP_MS) return refusal('invalid-data', 'atMs: more than four hours ahead of the call’s clock')
  return null
}

/** A repeat or a latecomer of audio the call did have, as against audio from nowhere. */
function aboutKnownAudio(state: CallState, runs: readonly { streamId: string; offset: number; sampleCount: number }[]): boolean {
  return runs.every((run) => {
    const track = trackOf(state, run.streamId)
    return track !== undefined && samplesToMs(run.offset + run.sampleCount, track.format.sampleRateHz) <= state.clockMs
  })
}

function isControl(event: CallEvent): boolean {
  return event.type.startsWith('control.')
}

/** Call time of a message: what it says; else, from the publisher's own clock, the time since the answer; else where the call is. */
function callTimeMs(state: CallState, event: CallEvent): number {
  if (event.type === 'media' || event.type === 'call.started' || event.type === 'call.answered' || state.phase === 'started') return state.clockMs
  if (event.data.atMs !== undefined) return event.data.atMs
  if (isControl(event) || event.timeMs === null) return state.clockMs
  return Math.max(0, event.timeMs - state.timeZeroMs)
}

function refusal(reason: DeadLetterReason, detail: string): Effect {
  return { kind: 'dead-letter', reason, detail }
}

function eventKey(event: CallEvent): string {
  return `${event.source} ${event.id}`
}
