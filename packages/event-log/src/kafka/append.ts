import { setImmediate as turn } from 'node:timers/promises'
import { type EventLog, LogError } from '../port.ts'
import { type Call, createCall } from './call.ts'
import { toLogError } from './failure.ts'
import type { Link } from './link.ts'
import { createPartitionQueue, type PartitionQueue } from './partition-queue.ts'
import { createPlacing } from './placing.ts'
import { createProducer } from './produce.ts'

export interface Appender {
  append: EventLog['append']
  /** Resolves when nothing waits any more. */
  idle(): Promise<void>
}

const WAITING_BYTES = 256 * 1024 * 1024

/**
 * Calls wait in a queue for each partition, where they keep their order; what all partitions have to send at a time shares requests. A
 * partition that takes nothing holds up itself alone. A call fails when its deadline has passed; records already given to a broker by
 * then may land all the same.
 */
export function createAppender(link: Link, options: { prefix: string; sendDeadlineMs: number; requestTimeoutMs: number }): Appender {
  const placing = createPlacing(link, options.prefix)
  const producer = createProducer(link, options.requestTimeoutMs)
  /** By topic and partition, those with something to send. */
  const queues = new Map<string, PartitionQueue>()
  /** The last call of each topic whose records' places are looked for. */
  const placed = new Map<string, Promise<void>>()
  const calls = new Set<Call>()
  let waitingBytes = 0
  let isStarting = false

  /** In the order of the calls, but a topic that is not answered for holds up no other. */
  async function enqueue(call: Call): Promise<void> {
    const topics = [...new Set(call.records.map(({ topic }) => topic))]
    const mine = place(
      call,
      topics.flatMap((topic) => placed.get(topic) ?? []),
    )
    for (const topic of topics) placed.set(topic, mine)
    await mine
    for (const topic of topics) if (placed.get(topic) === mine) placed.delete(topic)
  }

  async function place(call: Call, before: readonly Promise<void>[]): Promise<void> {
    await Promise.all(before)
    if (call.isOver()) return
    try {
      const places = await placing(call.records, call.untilMs)
      for (const [index, each] of places.entries()) {
        const key = `${each.topic}/${each.partition}`
        const queue = queues.get(key) ?? createPartitionQueue(producer, each, startAll)
        queues.set(key, queue)
        queue.add(call, index, each)
      }
      startAll()
    } catch (error) {
      call.fail(toLogError(error, 'append'))
    }
  }

  /** At the end of the turn, so that calls share batches and partitions share requests. */
  function startAll(): void {
    if (isStarting) return
    isStarting = true
    void turn().then(() => {
      isStarting = false
      for (const [key, queue] of queues) if (!queue.start()) queues.delete(key)
    })
  }

  return {
    async append(records) {
      if (records.length === 0) return []
      const sizeBytes = records.reduce((sum, { value }) => sum + value.byteLength, 0)
      if (calls.size > 0 && waitingBytes + sizeBytes > WAITING_BYTES) {
        throw new LogError(`append: ${waitingBytes} bytes wait to be sent already`, { retriable: true })
      }
      const call = createCall(records, options.sendDeadlineMs)
      calls.add(call)
      waitingBytes += sizeBytes
      void enqueue(call)
      try {
        return await call.answer
      } finally {
        calls.delete(call)
        waitingBytes -= sizeBytes
      }
    },
    async idle() {
      await Promise.allSettled([...calls].map(({ answer }) => answer))
    },
  }
}
