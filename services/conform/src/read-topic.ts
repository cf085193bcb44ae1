import { TOPICS } from '@twinreel/contracts/topics'
import { offsetSince } from '@twinreel/event-log/offset-since'
import type { EventLog, LogRecord } from '@twinreel/event-log/port'
import type { Conformity } from './conform.ts'
import type { ObservedMessage, Stretch } from './observed.ts'

/** One partition, read forward. */
interface Cursor {
  readonly topic: 'calls' | 'call-commands'
  readonly partition: number
  nextOffset: number
  records: readonly LogRecord[]
  at: number
}

export interface TopicReading {
  readonly cursors: readonly Cursor[]
  /** Partitions of `calls`. */
  readonly partitions: number
  /** The topic is read from where it began, and nothing was forgotten. */
  readonly fromBeginning: boolean
}

/** Of each partition in memory at once. */
const BATCH_BYTES = 1_048_576
const AGAIN_MS = 250

/** Where to begin: at the beginning, or at what was appended since `sinceMs` (milliseconds UTC). */
export async function openTopics(log: EventLog, sinceMs: number | null): Promise<TopicReading> {
  const cursors: Cursor[] = []
  let fromBeginning = sinceMs === null
  for (const topic of [TOPICS.calls, TOPICS.callCommands] as const) {
    for (const { partition, firstOffset, endOffset } of await log.ranges(topic)) {
      const nextOffset = sinceMs === null ? firstOffset : await offsetSince(log, { topic, partition, firstOffset, endOffset }, sinceMs)
      if (topic === TOPICS.calls && firstOffset > 1) fromBeginning = false
      cursors.push({ topic, partition, nextOffset, records: [], at: 0 })
    }
  }
  return { cursors, partitions: cursors.filter(({ topic }) => topic === TOPICS.calls).length, fromBeginning }
}

/**
 * Hands over what stands on the topics, the partitions together by their append times. At the end it waits for more while `goesOn` says so, looking
 * again four times a second.
 */
export async function readTopics(
  log: EventLog,
  { cursors }: TopicReading,
  { conformity, of, goesOn, wait }: { conformity: Conformity; of: Stretch; goesOn(): boolean; wait(ms: number): Promise<void> },
): Promise<void> {
  for (;;) {
    for (;;) {
      for (const cursor of cursors) if (cursor.at === cursor.records.length) await readOn(log, cursor)
      const next = cursors.filter(({ at, records }) => at < records.length)
      const [oldest] = next.toSorted((a, b) => timeOf(a) - timeOf(b))
      if (oldest === undefined) break
      const others = Math.min(...next.filter((cursor) => cursor !== oldest).map(timeOf))
      // As long as nobody else's turn comes.
      do conformity.take(observed(oldest.topic, oldest.records[oldest.at++]), of)
      while (oldest.at < oldest.records.length && timeOf(oldest) <= others)
    }
    if (!goesOn()) return
    await wait(AGAIN_MS)
  }
}

function timeOf({ records, at }: Cursor): number {
  return records[at]?.appendedAtMs ?? Infinity
}

async function readOn(log: EventLog, cursor: Cursor): Promise<void> {
  const { topic, partition, nextOffset } = cursor
  const { records } = await log.read({ topic, partition, fromOffset: nextOffset, maxBytes: BATCH_BYTES })
  cursor.records = records
  cursor.at = 0
  cursor.nextOffset = (records.at(-1)?.offset ?? nextOffset - 1) + 1
}

function observed(topic: Cursor['topic'], record: LogRecord | undefined): ObservedMessage {
  if (record === undefined) throw new Error('read beyond a batch')
  const { partition, offset, key, headers, value, sizeBytes, appendedAtMs } = record
  return { topic, key, headers, value, sizeBytes, partition, position: `${topic}[${partition}]@${offset}`, appendedAtMs }
}
