import { LogError, type EventLog, type NewRecord } from '@twinreel/event-log/port'
import type { WaitingClock } from './clock.ts'
import type { SentMessage } from './simulated-call.ts'

export type Append = (messages: readonly SentMessage[]) => Promise<void>

export interface Appender {
  append: Append
  counts: { messages: number; bytes: number }
}

/** What one append may hold, however far the calls have fallen behind. */
const MAX_APPEND_BYTES = 8 * 1_048_576
/** A platform whose log is away keeps what it has to say for so long. */
const AWAY_MOST_MS = 10 * 60_000
const AGAIN_MS = 500

/**
 * Appends messages of many calls together, in the order given, and counts them. While the log is away it tries again and again: what was appended all the same comes
 * twice then, as from any platform.
 */
export function createAppender(log: EventLog, clock: WaitingClock): Appender {
  const counts = { messages: 0, bytes: 0 }

  async function appendPatiently(records: readonly NewRecord[]): Promise<void> {
    for (const startedMs = clock.now(); ; await clock.wait(AGAIN_MS)) {
      try {
        await log.append(records)
        return
      } catch (error) {
        if (!(error instanceof LogError && error.retriable) || clock.now() - startedMs > AWAY_MOST_MS) throw error
      }
    }
  }

  return {
    counts,
    append: async (messages) => {
      for (let from = 0; from < messages.length;) {
        let to = from
        let bytes = 0
        do bytes += messages[to++]?.record.value.length ?? 0
        while (to < messages.length && bytes < MAX_APPEND_BYTES)
        await appendPatiently(messages.slice(from, to).map(({ record }) => record))
        counts.messages += to - from
        counts.bytes += bytes
        from = to
      }
    },
  }
}
