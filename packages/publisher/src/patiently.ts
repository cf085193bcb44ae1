/** Given from outside, so that a test steps it: nothing here reads the machine's. */
export interface WaitingClock {
  /** Milliseconds UTC, of a clock that only goes on: where a call is and when its audio was made are both taken from it, so one that is set takes live calls along. */
  now(): number
  /** Resolves after so long. */
  wait(delayMs: number): Promise<void>
}

/** A platform whose log is away keeps what it has to say for so long. */
const AWAY_MOST_MS = 10 * 60_000
const AGAIN_MS = 500

/**
 * Tries until the log has taken it: what was appended all the same comes twice then, under the same ids, which does no harm. Throws what the log
 * refused for good (its error is not `retriable`), and whatever it is after ten minutes: then the call's recording should end rather than go on with a hole.
 */
export async function patiently(attempt: () => Promise<unknown>, clock: WaitingClock): Promise<void> {
  for (const startedMs = clock.now(); ; await clock.wait(AGAIN_MS)) {
    try {
      await attempt()
      return
    } catch (error) {
      if (!isRetriable(error) || clock.now() - startedMs > AWAY_MOST_MS) throw error
    }
  }
}

/** The event log's errors say it, and those of kafkajs. */
function isRetriable(error: unknown): boolean {
  return error instanceof Error && 'retriable' in error && error.retriable === true
}

/** In order, in portions of about so many bytes at most, and of one message at least. */
export function* portions<M>(messages: readonly M[], maxBytes: number, sizeOf: (message: M) => number): Generator<{ portion: readonly M[]; bytes: number }> {
  for (let from = 0; from < messages.length;) {
    let [to, bytes] = [from, 0]
    do bytes += sizeOf(messages[to++] as M)
    while (to < messages.length && bytes < maxBytes)
    yield { portion: messages.slice(from, to), bytes }
    from = to
  }
}
