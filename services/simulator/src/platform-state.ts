import type { z } from 'zod'
import type { CallCommandData, PromptKind } from '@twinreel/contracts/call-commands'
import type { CALL_EVENTS, CallEventType } from '@twinreel/contracts/call-events'
import type { Action, CallPlan } from './plan.ts'
import { endStream, finalSamples, lives, takeRanges, type PlatformStream, type StreamRange } from './platform-streams.ts'
import { cutOff, emptyQueue, type PromptQueue, type PromptRules } from './prompt-queue.ts'

/** What a platform publishes of its own accord; `timer.due` is not among it. */
type PlatformEventType = Exclude<CallEventType, 'timer.due'>
export type PlatformEvent = { [T in PlatformEventType]: { type: T; data: z.input<(typeof CALL_EVENTS)[T][1]> } }[PlatformEventType]

/** `atMs`: the call time at which it truly happened; below zero while it rings. */
export type PlatformOutput = { kind: 'event'; atMs: number; event: PlatformEvent } | { kind: 'media'; atMs: number; ranges: readonly StreamRange[] }

/**
 * One call on the platform. Nothing in it knows of clocks, logs or bytes: time comes in as call time, commands as data, and out comes
 * what is to be published. Plain data,
 * changed in place by the functions here and in the files named platform-….
 */
export interface PlatformCall {
  readonly plan: CallPlan
  readonly rules: PromptRules
  phase: 'new' | 'ringing' | 'talking' | 'ended'
  clockMs: number
  readonly streams: PlatformStream[]
  /** Participants who left. */
  readonly left: Set<string>
  /** Users who were in the answered call at any time. */
  readonly users: Set<string>
  readonly prompts: PromptQueue
  readonly gate: { open: boolean; sequence: number }
  readonly indicators: Map<string, CallCommandData<'indicator.update'>['indicator']>
  nextMediaMs: number
  /** The plan's actions by the time at which they reach the log. */
  readonly agenda: readonly { dueMs: number; action: Action }[]
  nextAction: number
  /** Happened, not yet taken by the caller. */
  readonly outbox: PlatformOutput[]
  readonly obeyed: Set<string>
}

/** A media batch holds this much call time at most. */
export const BATCH_MS = 1_000

export function createPlatformCall(plan: CallPlan, promptLengthsMs: Readonly<Record<PromptKind, number>>): PlatformCall {
  const agenda = plan.actions.map((action) => ({ dueMs: action.atMs + (action.do === 'control' ? action.delayMs : 0), action }))
  return {
    plan,
    rules: { announcements: plan.announcements, lengthsMs: promptLengthsMs },
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
    obeyed: new Set(),
  }
}

export function publish(call: PlatformCall, event: PlatformEvent, atMs: number = call.clockMs): void {
  call.outbox.push({ kind: 'event', atMs, event })
}

/** Sends what was spoken up to now ahead of something that ends it or changes what it means. */
export function flush(call: PlatformCall): void {
  const ranges = takeRanges(call.streams, call.clockMs, call.gate.open)
  if (ranges.some(({ from, to }) => from < to)) call.outbox.push({ kind: 'media', atMs: call.clockMs, ranges })
}

export function hangUp(call: PlatformCall, reason: string): void {
  flush(call)
  for (const stream of call.streams.filter(lives)) endStream(stream, call.clockMs)
  cutOff(call.prompts, call.clockMs)
  call.phase = 'ended'
  publish(call, { type: 'call.ended', data: { atMs: call.clockMs, reason, finalSamples: finalSamples(call.streams) } })
}
