import type { WireMessage } from '@twinreel/contracts/messages'
import { patiently, portions, type WaitingClock } from './patiently.ts'
import type { Transport } from './transport.ts'

/** What may wait for a log that is away: about ten minutes of fifty calls. */
const MAX_QUEUED_BYTES = 512 * 1_048_576

/** Everything goes out in the order in which it was said, one request at a time: no retry overtakes anything. */
export interface Sending {
  /** Throws what ended the sending, if something did. */
  push(message: WireMessage): void
  /** What was said of this call and is not confirmed yet, in order. */
  unconfirmed(callId: string): WireMessage[]
  /** Resolves when everything said until now is durable; rejects with what ended the sending. */
  flushed(): Promise<void>
}

/** `onError` hears, once, of what ended it: from then on nothing is taken any more. */
export function createSending(transport: Transport, clock: WaitingClock, onError: (error: unknown) => void): Sending {
  let queue: WireMessage[] = []
  /** Those that are on their way. */
  let sent: readonly WireMessage[] = []
  let queuedBytes = 0
  let failure: { error: unknown } | null = null
  /** Settles when there is nothing left to send, or when sending has failed. */
  let working: PromiseWithResolvers<void> | null = null

  function fail(error: unknown): void {
    if (failure !== null) return
    failure = { error }
    queue = [...sent, ...queue]
    sent = []
    working?.resolve()
    onError(error)
  }

  function throwFailure(): void {
    if (failure !== null) throw failure.error
  }

  /** Once it has failed nothing more goes out, though the log be back: whoever heard of it may go on with the calls elsewhere. */
  async function attempt(): Promise<void> {
    throwFailure()
    await transport.send(sent)
    throwFailure()
  }

  async function work(): Promise<void> {
    // What is said in one turn goes together.
    await Promise.resolve()
    while (queue.length > 0) {
      const [next] = portions(queue, transport.maxBytes, sizeOf)
      sent = next?.portion ?? []
      queue = queue.slice(sent.length)
      await patiently(attempt, clock)
      queuedBytes -= next?.bytes ?? 0
      sent = []
    }
  }

  function start(): void {
    if (working !== null) return
    const turn = Promise.withResolvers<void>()
    working = turn
    void work()
      .catch(fail)
      .finally(() => {
        working = null
        // Said after the work had looked for the last time.
        if (failure === null && queue.length > 0) start()
        turn.resolve()
      })
  }

  return {
    push(message) {
      throwFailure()
      queuedBytes += sizeOf(message)
      queue.push(message)
      if (queuedBytes > MAX_QUEUED_BYTES) fail(new Error(`the log has taken nothing for so long that ${queuedBytes} bytes wait for it`))
      else start()
    },
    unconfirmed: (callId) => [...sent, ...queue].filter(({ key }) => key === callId),
    async flushed() {
      while (failure === null && working !== null) await working.promise
      throwFailure()
    },
  }
}

function sizeOf({ key, headers, value }: WireMessage): number {
  return Object.entries(headers).reduce((sum, [name, content]) => sum + name.length + content.length + 2, key.length + value.length + 16)
}
