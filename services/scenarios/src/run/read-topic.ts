import type { EventLog, LogRecord } from '@twinreel/event-log/port'

/** Where each partition of a topic ends now. */
export async function endsOf(log: EventLog, topic: string): Promise<ReadonlyMap<number, number>> {
  return new Map((await log.ranges(topic)).map(({ partition, endOffset }) => [partition, endOffset]))
}

/** Everything a topic holds from these offsets on (by default from its beginning), partition after partition. */
export async function* recordsOf(log: EventLog, topic: string, from?: ReadonlyMap<number, number>): AsyncGenerator<LogRecord> {
  for (const { partition, firstOffset, endOffset } of await log.ranges(topic)) {
    for (let next = Math.max(firstOffset, from?.get(partition) ?? firstOffset); next < endOffset;) {
      const { records } = await log.read({ topic, partition, fromOffset: next })
      yield* records
      const last = records.at(-1)
      if (last === undefined) break
      next = last.offset + 1
    }
  }
}
