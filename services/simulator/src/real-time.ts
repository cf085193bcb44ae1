import type { Append } from './appender.ts'
import type { WaitingClock } from './clock.ts'
import type { ReadCommand } from '@twinreel/publisher/command-reader'
import { obey } from './platform-call.ts'
import { nextMessages, type SentMessage, type SimulatedCall } from './simulated-call.ts'

const TICK_MS = 50

export interface RealTimeOptions {
  /** In the order in which they begin to ring. */
  calls: Iterable<SimulatedCall>
  append: Append
  clock: WaitingClock
  signal?: AbortSignal
  onEnd(call: SimulatedCall): void
}

/** Calls by the wall clock: nothing waits for the recorder, which may die and come back while they go on. */
export interface RealTime {
  /** Commands are obeyed at the next tick, in order. */
  take(commands: readonly ReadCommand[]): void
  /** Resolves when every call is over; rejects when the log fails or `signal` is aborted. */
  run(): Promise<void>
}

export function createRealTime({ calls, append, clock, signal, onEnd }: RealTimeOptions): RealTime {
  const waiting = calls[Symbol.iterator]()
  let upcoming = waiting.next()
  const running = new Map<string, SimulatedCall>()
  let inbox: ReadCommand[] = []

  function start(nowMs: number): void {
    for (; upcoming.done !== true && ringsAtMs(upcoming.value) <= nowMs; upcoming = waiting.next()) running.set(upcoming.value.plan.callId, upcoming.value)
  }

  function tick(nowMs: number): SentMessage[] {
    const messages: SentMessage[] = []
    start(nowMs)
    const asked = inbox
    inbox = []
    for (const { callId, id, command } of asked) {
      const call = running.get(callId)
      if (call === undefined) continue
      // The call's clock must stand at the present when it obeys.
      messages.push(...until(call, nowMs))
      obey(call.platform, id, command)
    }
    for (const [callId, call] of running) {
      messages.push(...until(call, nowMs))
      if (!call.over) continue
      running.delete(callId)
      onEnd(call)
    }
    return messages
  }

  return {
    take: (commands) => void (inbox = inbox.concat(commands)),
    async run() {
      while (running.size > 0 || upcoming.done !== true) {
        const messages = tick(clock.now())
        if (messages.length > 0) await append(messages)
        await clock.wait(TICK_MS, signal)
      }
    },
  }
}

function until(call: SimulatedCall, nowMs: number): SentMessage[] {
  const messages: SentMessage[] = []
  for (;;) {
    const next = nextMessages(call, nowMs - call.timeZeroMs)
    if (next === null) return messages
    messages.push(...next)
  }
}

function ringsAtMs(call: SimulatedCall): number {
  return call.timeZeroMs - call.plan.ringMs
}
