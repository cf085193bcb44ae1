import { TOPICS } from '@twinreel/contracts/topics'
import type { Consumer, EventLog, LogRecord, PartitionRange } from '@twinreel/event-log/port'
import type { Capture } from '../capture/capture.ts'

export interface CapturedLog {
  log: EventLog
  /** Resolves when the recorder has taken the last message. */
  isRead: Promise<void>
}

/**
 * The log as it was for this call: the same positions and append times, one message after another, as if each had just come. What is appended to it goes nowhere: the
 * call's answers to it stand in the capture already.
 */
export function capturedLog({ header, messages }: Pick<Capture, 'header' | 'messages'>): CapturedLog {
  const { partition, callId } = header
  const topic = TOPICS.calls
  const firstOffset = messages[0]?.offset ?? 0
  // At its assignment the log is empty: nothing is folded silently.
  const range: PartitionRange = { topic, partition, firstOffset, endOffset: firstOffset }
  const read = Promise.withResolvers<void>()
  let appended = (messages.at(-1)?.offset ?? 0) + 1

  const log: EventLog = {
    ensureTopics: () => Promise.resolve(),
    append: (records) =>
      Promise.resolve(records.map((record) => ({ topic: record.topic, partition, offset: appended++, appendedAtMs: messages.at(-1)?.appendedAtMs ?? 0 }))),
    async consume({ handler, maxValueBytes = Number.MAX_SAFE_INTEGER }) {
      const stopping = Promise.withResolvers<void>()
      let isStopped = false

      async function deliver(): Promise<void> {
        // The caller has its consumer before the handler hears anything.
        await Promise.resolve()
        await handler.assigned(range)
        for (const { offset, appendedAtMs, headers, value, sizeBytes } of messages) {
          if (isStopped) break
          const kept = value === null || value.length > maxValueBytes ? null : value
          const record: LogRecord = { topic, partition, offset, key: callId, headers, value: kept, sizeBytes, appendedAtMs }
          await handler.batch({ topic, partition, records: [record], endOffset: offset + 1 })
        }
        read.resolve()
        await stopping.promise
        await handler.revoked(partition)
      }

      const done = deliver()
      done.catch(read.reject)
      const consumer: Consumer = {
        pause: () => undefined,
        resume: () => undefined,
        async stop() {
          isStopped = true
          stopping.resolve()
          await done.catch(() => undefined)
        },
        done,
      }
      return consumer
    },
    ranges: (of) => Promise.resolve(of === topic ? [range] : []),
    read: () => Promise.resolve({ topic, partition, records: [], endOffset: firstOffset }),
    trim: () => Promise.resolve(0),
    identity: () => Promise.resolve('capture'),
    close: () => Promise.resolve(),
  }
  return { log, isRead: read.promise }
}
