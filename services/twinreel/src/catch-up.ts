import type { ConsumerHandler, EventLog } from '@twinreel/event-log/port'

export interface WatchedLog {
  /** To be given to whoever consumes. */
  eventLog: EventLog
  /** Resolves when every partition was assigned and worked up to what was its end then. */
  caughtUp: Promise<void>
}

/** A log that tells when its consumer of `topic` has caught up: what is appended from then on is answered at once. */
export async function watchCatchUp(log: EventLog, topic: string): Promise<WatchedLog> {
  const waiting = new Set((await log.ranges(topic)).map(({ partition }) => partition))
  const { promise: caughtUp, resolve } = Promise.withResolvers<void>()

  function reached(partition: number): void {
    waiting.delete(partition)
    if (waiting.size === 0) resolve()
  }

  function watched(handler: ConsumerHandler): ConsumerHandler {
    const ends = new Map<number, number>()
    return {
      async assigned(range) {
        const from = await handler.assigned(range)
        if (from >= range.endOffset) reached(range.partition)
        else ends.set(range.partition, range.endOffset)
        return from
      },
      async batch(batch) {
        await handler.batch(batch)
        const last = batch.records.at(-1)?.offset ?? -1
        const end = ends.get(batch.partition)
        if (end !== undefined && last + 1 >= end) reached(batch.partition)
      },
      revoked: (partition) => handler.revoked(partition),
    }
  }

  return {
    eventLog: { ...log, consume: (options) => log.consume(options.topic === topic ? { ...options, handler: watched(options.handler) } : options) },
    caughtUp,
  }
}
