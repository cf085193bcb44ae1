import { eventMessage, type EventInput } from './call-messages.ts'
import { messagesOf, type CallState } from './call-state.ts'
import type { ReadCommand } from './command-reader.ts'
import type { WaitingClock } from './patiently.ts'
import { driveCall, type CallHooks, type DrivenCall, type PublishedCall } from './published-call.ts'
import { createSending } from './sending.ts'
import type { Transport } from './transport.ts'

export interface PublisherOptions {
  transport: Transport
  /** Names your platform in each event, e.g. `/platforms/acme/softswitch-1`. */
  source: string
  clock: WaitingClock
  /** Hears of what ended the publishing for good: go on with the calls (`state`, `resumeCall`) in a new process, or end them. */
  onError(error: unknown): void
}

/** Publishes a platform's calls as docs/publishing.md asks. Call `tick` some times a second: it sends what is due. */
export interface Publisher {
  /** Says `call.started`; without `capabilities`, they are what the hooks can do. */
  startCall(data: EventInput<'call.started'>, hooks?: CallHooks): PublishedCall
  /** Goes on with a call of a process that died: what that did not get confirmed comes again as it was, all else under new ids. The other must not come back. */
  resumeCall(state: CallState, hooks?: CallHooks): PublishedCall
  /** Does what a command asks; those of unknown calls are passed over. */
  obey(command: ReadCommand): void
  tick(): void
  /** Resolves when everything said until now is durable. */
  flushed(): Promise<void>
}

export function createPublisher({ transport, source, clock, onError }: PublisherOptions): Publisher {
  const sending = createSending(transport, clock, onError)
  const calls = new Map<string, DrivenCall>()

  function drive(callId: string, hooks: CallHooks, state: CallState | null): DrivenCall {
    // Whoever goes on from the same state again must not give other messages the same ids.
    const idPrefix = state === null ? callId : `${callId}.${clock.now().toString(36)}`
    const call = driveCall({ messages: { names: { callId, source, idPrefix }, count: state === null ? 1 : 0 }, hooks, clock, sending, state })
    calls.set(callId, call)
    return call
  }

  return {
    startCall(data, hooks = {}) {
      const capabilities = { prompts: hooks.play === undefined ? ('none' as const) : ('obeys' as const), gate: true, indicator: hooks.indicator !== undefined }
      const { message } = eventMessage({ names: { callId: data.callId, source }, count: 0 }, 'call.started', { capabilities, ...data }, clock.now())
      sending.push(message)
      return drive(data.callId, hooks, null)
    },
    resumeCall(state, hooks = {}) {
      for (const message of messagesOf(state)) sending.push(message)
      return drive(state.callId, hooks, state)
    },
    obey({ callId, id, command }) {
      calls.get(callId)?.obey(id, command)
    },
    tick() {
      for (const [callId, call] of calls) {
        call.tick()
        if (call.isOver) calls.delete(callId)
      }
    },
    flushed: sending.flushed,
  }
}
