import type { CallEvent } from '@twinreel/contracts/messages'
import { subtract } from '@twinreel/media/intervals'
import type { Effect } from '../effects.ts'
import type { Policies } from '../policy.ts'
import type { ControlName } from '../settings.ts'
import { gateClosed, gateOpened, gateOverdue, promptFinished, promptsOverdue } from './answers.ts'
import { callTimeMs, isControl } from './call-time.ts'
import { control } from './controls.ts'
import { callEnded, reopen, settle, timePassed } from './ending.ts'
import { answer, hold, join, leave, pick, retrieve } from './people.ts'
import { refusal, refuse } from './refusal.ts'
import { REMEMBERED_EVENTS, type CallState } from './state.ts'
import { patch, type Step } from './step.ts'
import { tonesDue } from './tones.ts'
import { addStream, freshFromMs, placeRuns } from './tracks.ts'

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
  const handled: Effect[] = event.awaits
    ? [{ kind: 'command', id: `${event.callId}/h/${event.id}`, command: { type: 'event.handled', data: { eventId: event.id } } }]
    : []
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
    voicemail: false,
    clockMs: 0,
    audioEndMs: 0,
    aheadMs: null,
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
  if (event.type === 'call.started') return void step.effects.push(refusal('conflict', 'the call has started already'))
  const refused = refuse(step.state, event)
  if (refused !== null) {
    step.effects.push(refused)
    return
  }
  const atMs = callTimeMs(step.state, event)
  if (step.state.phase === 'silent') goesOn(step, event, atMs)
  if (!isControl(event)) patch(step, { clockMs: Math.max(step.state.clockMs, atMs) })
  // An answer that comes when its time is over decides nothing, also when no recorder was there to say in time that it is.
  if (step.state.phase === 'answered') overdue(step, step.state.clockMs)
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
  overdue(step, step.state.clockMs)
  tonesDue(step)
  settle(step, false)
  // Holds behind the floor have been told in their segments.
  patch(step, { held: subtract(step.state.held, 0, step.state.floorMs) })
}

function overdue(step: Step, nowMs: number): void {
  promptsOverdue(step, nowMs)
  gateOverdue(step, nowMs)
}

function takeTimer(step: Step, event: Extract<CallEvent, { type: 'timer.due' }>): void {
  const { last } = step.state
  // Something came in between: the call was not silent.
  if (event.data.after.source !== last.source || event.data.after.id !== last.id) return
  if (step.state.phase === 'answered') overdue(step, event.data.atMs)
  timePassed(step, event.data.atMs)
}

function apply(step: Step, event: Exclude<CallEvent, { type: 'timer.due' | 'call.started' }>, atMs: number, policies: Policies): void {
  switch (event.type) {
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
      return placeRuns(step, event.runs, event.timeMs === null ? null : event.timeMs - step.state.timeZeroMs)
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

function eventKey(event: CallEvent): string {
  return `${event.source} ${event.id}`
}
