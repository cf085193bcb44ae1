import type { Append } from './appender.ts'
import type { Bell } from './bell.ts'
import type { ReadCommand } from '@twinreel/publisher/command-reader'
import { obey } from './platform-call.ts'
import { nextMessages, stampedMs, timerDue, type SentMessage, type SimulatedCall } from './simulated-call.ts'

/** How long after its end a call whose last audio got lost is settled: what sealing waits anyway, and a second. */
const SETTLE_MS = 3_000
/** Enough that appends of many calls share a transaction; a recorder keeps up to a minute of audio of each in memory. */
const DEFAULT_CONCURRENCY = 128

/** A call whose clock stands still until the recorder has dealt with everything said so far. */
interface SteppedCall {
  readonly call: SimulatedCall
  readonly awaited: Set<string>
  /** Those answered already: a repeat of them may be answered again, or not. */
  readonly handled: Set<string>
  lastId: string | null
  closing: 'no' | 'said' | 'done'
}

export interface LockstepOptions {
  /** In the order in which they are to begin. */
  calls: Iterable<SimulatedCall>
  append: Append
  bell: Bell
  /** A call that vanished is declared over after so much silence; `null` leaves that to the recorder. */
  idleEndMs(call: SimulatedCall): number | null
  concurrency?: number
  onEnd(call: SimulatedCall): void
}

/** Calls by the recorder's own pace. What each call says depends on its plan and on the recorder's commands, never on timing. */
export interface Lockstep {
  /** Gives each call what was asked of it, in order, and lets those go on that were answered. True when anything was answered. */
  take(commands: readonly ReadCommand[]): boolean
  /** Resolves when every call is over; rejects when the bell fails. */
  run(): Promise<void>
}

export function createLockstep(options: LockstepOptions): Lockstep {
  const { append, bell, idleEndMs, concurrency = DEFAULT_CONCURRENCY, onEnd } = options
  const waiting = options.calls[Symbol.iterator]()
  const running = new Map<string, SteppedCall>()
  const ready = new Set<SteppedCall>()

  function startMore(): void {
    while (running.size < concurrency) {
      const next = waiting.next()
      if (next.done === true) return
      const stepped: SteppedCall = { call: next.value, awaited: new Set(), handled: new Set(), lastId: null, closing: 'no' }
      running.set(next.value.plan.callId, stepped)
      ready.add(stepped)
    }
  }

  function stepReady(): SentMessage[] {
    const messages: SentMessage[] = []
    startMore()
    // Calls that begin because others end are visited in the same pass: a set's iteration takes in what is added to it.
    for (const stepped of ready) {
      // A step that only repeats what was answered before leaves nothing to wait for.
      while (stepped.awaited.size === 0 && stepped.closing !== 'done') messages.push(...step(stepped, idleEndMs))
      if (stepped.closing !== 'done') continue
      running.delete(stepped.call.plan.callId)
      onEnd(stepped.call)
      startMore()
    }
    ready.clear()
    return messages
  }

  return {
    take(commands) {
      let answered = false
      for (const { callId, id, command } of commands) {
        const stepped = running.get(callId)
        if (stepped === undefined) continue
        if (command.type !== 'event.handled') obey(stepped.call.platform, id, command)
        else if (stepped.awaited.delete(command.data.eventId)) {
          stepped.handled.add(command.data.eventId)
          answered = true
          if (stepped.awaited.size === 0) ready.add(stepped)
        }
      }
      if (ready.size > 0) bell.ring()
      return answered
    },
    async run() {
      for (;;) {
        const messages = stepReady()
        if (running.size === 0 && messages.length === 0) return
        await append(messages)
        if (ready.size === 0 && running.size > 0) await bell.wait()
      }
    },
  }
}

/** What a call says next, once everything before was answered; nothing when it is over. */
function step(stepped: SteppedCall, idleEndMs: LockstepOptions['idleEndMs']): SentMessage[] {
  const messages = spoken(stepped, idleEndMs)
  for (const { id, tooLarge } of messages) if (tooLarge !== true && !stepped.handled.has(id)) stepped.awaited.add(id)
  stepped.lastId = messages.findLast(({ tooLarge }) => tooLarge !== true)?.id ?? stepped.lastId
  return messages
}

function spoken(stepped: SteppedCall, idleEndMs: LockstepOptions['idleEndMs']): SentMessage[] {
  const { call } = stepped
  for (;;) {
    const messages = nextMessages(call, Infinity)
    if (messages === null) break
    if (messages.length > 0) return messages
  }
  const silenceMs = call.route.endIsLost ? idleEndMs(call) : SETTLE_MS
  if (stepped.closing !== 'no' || stepped.lastId === null || silenceMs === null) {
    stepped.closing = 'done'
    return []
  }
  stepped.closing = 'said'
  // Counted from what the platform's clock showed last, or from the audio where that is ahead; a call that was never answered has none.
  return [timerDue(call, Math.max(0, call.platform.clockMs, stampedMs(call.plan, call.platform.clockMs)) + silenceMs, stepped.lastId)]
}
