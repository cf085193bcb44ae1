import type { EventLog } from '@twinreel/event-log/port'
import type { SentMessage } from './simulated-call.ts'

export type Append = (messages: readonly SentMessage[]) => Promise<void>

export interface Appender {
  append: Append
  counts: { messages: number; bytes: number }
}

/** What one append may hold, however far the calls have fallen behind. */
const MAX_APPEND_BYTES = 8 * 1_048_576

/** Appends messages of many calls together, in the order given, and counts them. */
export function createAppender(log: EventLog): Appender {
  const counts = { messages: 0, bytes: 0 }
  return {
    counts,
    append: async (messages) => {
      for (let from = 0; from < messages.length;) {
        let to = from
        let bytes = 0
        do bytes += messages[to++]?.record.value.length ?? 0
        while (to < messages.length && bytes < MAX_APPEND_BYTES)
        await log.append(messages.slice(from, to).map(({ record }) => record))
        counts.messages += to - from
        counts.bytes += bytes
        from = to
      }
    },
  }
}
