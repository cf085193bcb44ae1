import type { CallCommandData, PromptKind } from '@twinreel/contracts/call-commands'
import type { CallEventType } from '@twinreel/contracts/call-events'
import type { EventInput } from '@twinreel/publisher/call-messages'
import { BATCH_MS, takeSpoken, type Pace } from '@twinreel/publisher/pace'
import { endStream, finalSamples, lives, type StreamRange } from '@twinreel/publisher/streams'
import type { Action, CallPlan } from './plan.ts'
import { cutOff, emptyQueue, fates, isAnnouncement, type PromptQueue, type PromptRules } from './prompt-queue.ts'

/** What a platform publishes of its own accord; `timer.due` is not among it. */
type PlatformEventType = Exclude<CallEventType, 'timer.due'>
export type PlatformEvent = { [T in PlatformEventType]: { type: T; data: EventInput<T> } }[PlatformEventType]

/** Audio and when it is published. */
export type HeldBack = Extract<Action, { do: 'send-late' }>

/** `atMs`: the call time at which it truly happened; below zero while it rings. */
export type PlatformOutput =
  | { kind: 'timer'; atMs: number }
  | { kind: 'event'; atMs: number; event: PlatformEvent }
  /** An event that never was. */
  | { kind: 'nonsense'; atMs: number; event: PlatformEvent }
  | { kind: 'media'; atMs: number; ranges: readonly StreamRange[] }
  /** Audio that was held back on its way. */
  | { kind: 'late-media'; atMs: number; held: HeldBack }

/**
 * One call on the platform. Nothing in it knows of clocks, logs or bytes: time comes in as call time, commands as data, and out comes
 * what is to be published. Plain data,
 * changed in place by the functions here and in the files named platform-….
 */
export interface PlatformCall extends Pace {
  readonly plan: CallPlan
  readonly rules: PromptRules
  phase: 'new' | 'ringing' | 'talking' | 'ended'
  clockMs: number
  /** Participants who left. */
  readonly left: Set<string>
  /** Users who were in the answered call at any time. */
  readonly users: Set<string>
  readonly prompts: PromptQueue
  readonly indicators: Map<string, CallCommandData<'indicator.update'>['indicator']>
  /** The plan's actions by the time at which they reach the log. */
  readonly agenda: readonly { dueMs: number; action: Action }[]
  nextAction: number
  /** What becomes of the next command to the gate, where the plan says so. */
  gateFate(atMs: number): CallPlan['gateFates'][number]['fate'] | null
  /** A command to the gate that is obeyed later. */
  lateGate: { dueMs: number; open: boolean; sequence: number } | null
  /** Until then nothing is published. */
  awayUntilMs: number
  /** How often another process took over the call. */
  restarts: number
  /** Happened, not yet taken by the caller. */
  readonly outbox: PlatformOutput[]
  /** To be published when the call is over. */
  readonly afterTheEnd: PlatformOutput[]
  readonly obeyed: Set<string>
}

export function createPlatformCall(plan: CallPlan, promptLengthsMs: Readonly<Record<PromptKind, number>>): PlatformCall {
  const [promptFate, gateFate] = [fates(plan.promptFates), fates(plan.gateFates)]
  const agenda = plan.actions.map((action) => ({ dueMs: action.atMs + (action.do === 'control' ? action.delayMs : 0), action }))
  return {
    plan,
    rules: {
      announcements: plan.announcements,
      lengthsMs: promptLengthsMs,
      fate: (kind, atMs) =>
        promptFate(({ which }) => which === kind || which === 'prompt' || (which === 'announcement' && isAnnouncement(kind)), atMs)?.fate ?? null,
    },
    gateFate: (atMs) => gateFate(() => true, atMs)?.fate ?? null,
    lateGate: null,
    awayUntilMs: -Infinity,
    restarts: 0,
    phase: 'new',
    clockMs: -plan.ringMs,
    streams: [],
    left: new Set(),
    users: new Set(),
    prompts: emptyQueue(),
    gate: { open: true, sequence: 0 },
    indicators: new Map(),
    nextMediaMs: BATCH_MS,
    agenda: agenda.toSorted((a, b) => a.dueMs - b.dueMs),
    nextAction: 0,
    outbox: [],
    afterTheEnd: [],
    obeyed: new Set(),
  }
}

export function publish(call: PlatformCall, event: PlatformEvent, atMs: number = call.clockMs): void {
  call.outbox.push({ kind: 'event', atMs, event })
}

/** Sends what was spoken up to now ahead of something that ends it or changes what it means. */
export function flush(call: PlatformCall): void {
  const ranges = takeSpoken(call, call.clockMs)
  if (ranges !== null) call.outbox.push({ kind: 'media', atMs: call.clockMs, ranges })
}

export function hangUp(call: PlatformCall, reason: string): void {
  flush(call)
  for (const stream of call.streams.filter(lives)) endStream(stream, call.clockMs)
  cutOff(call.prompts, call.clockMs)
  call.phase = 'ended'
  // A call that was never answered has no clock.
  const clock = call.clockMs < 0 ? {} : { atMs: call.clockMs }
  publish(call, { type: 'call.ended', data: { ...clock, reason, finalSamples: finalSamples(call.streams) } })
  call.outbox.push(...call.afterTheEnd)
}
