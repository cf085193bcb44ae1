import { patiently, portions } from '@twinreel/publisher/patiently'
import type { EventLog } from '@twinreel/event-log/port'
import type { WaitingClock } from './clock.ts'
import type { SentMessage } from './simulated-call.ts'

export type Append = (messages: readonly SentMessage[]) => Promise<void>

export interface Appender {
  append: Append
  counts: { messages: number; bytes: number }
}

/** What one append may hold, however far the calls have fallen behind. */
const MAX_APPEND_BYTES = 8 * 1_048_576

/** Appends messages of many calls together, in the order given, and counts them. While the log is away it tries again and again. */
export function createAppender(log: EventLog, clock: WaitingClock): Appender {
  const counts = { messages: 0, bytes: 0 }
  return {
    counts,
    append: async (messages) => {
      for (const { portion, bytes } of portions(messages, MAX_APPEND_BYTES, ({ record }) => record.value.length)) {
        await patiently(() => log.append(portion.map(({ record }) => record)), clock)
        counts.messages += portion.length
        counts.bytes += bytes
      }
    },
  }
}
