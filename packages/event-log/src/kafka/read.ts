import { LogError, type Batch, type LogRecord, type PartitionRange } from '../port.ts'
import { protocolError } from './failure.ts'
import type { Link } from './link.ts'
import { rangesOf } from './offsets.ts'
import { leaderOf } from './partitions.ts'
import { type Cluster, READ_COMMITTED } from './protocol.ts'
import { type Fetched, recordsOf } from './records.ts'

export interface ReadOptions {
  topic: string
  /** The topic's name in Kafka. */
  physicalTopic: string
  partition: number
  fromOffset: number
  maxRecords: number
  maxBytes: number
  maxValueBytes: number
}

/**
 * Reads with plain fetch requests to the partition's leader. A consumer group would do it too, but it takes seconds to form, leaves
 * its offsets behind, needs rights of its own, and moves silently to another offset when the one asked for is gone.
 */
export async function readBatch(link: Link, deadlineMs: number, options: ReadOptions): Promise<Batch> {
  const { topic, partition, fromOffset } = options
  if (!Number.isSafeInteger(fromOffset) || fromOffset < 0) throw outOfRange(options, null)
  const records: LogRecord[] = []
  let sizeBytes = 0
  let next = fromOffset
  for (;;) {
    const fetched = await link.retry(`reading ${options.physicalTopic}/${partition}`, deadlineMs, (cluster) =>
      fetchFrom(cluster, options, next, options.maxBytes - sizeBytes),
    )
    for (const record of fetched.records) {
      sizeBytes += bytesOf(record)
      if (records.length >= options.maxRecords || (records.length > 0 && sizeBytes > options.maxBytes))
        return { topic, partition, records, endOffset: Math.max(fetched.endOffset, record.offset + 1) }
      records.push(record)
    }
    const isAtEnd = fetched.nextOffset >= fetched.endOffset || fetched.nextOffset === next
    next = fetched.nextOffset
    if (isAtEnd) return { topic, partition, records, endOffset: fetched.endOffset }
  }
}

function bytesOf({ key, headers, value }: LogRecord): number {
  let sizeBytes = key.length + (value?.byteLength ?? 0)
  for (const name in headers) sizeBytes += name.length + (headers[name]?.length ?? 0)
  return sizeBytes
}

async function fetchFrom(cluster: Cluster, options: ReadOptions, fromOffset: number, maxBytes: number): Promise<Fetched> {
  const { physicalTopic, topic, partition, maxValueBytes } = options
  const broker = await leaderOf(cluster, physicalTopic, partition)
  try {
    const atMost = Math.max(1, maxBytes)
    const topics = [{ topic: physicalTopic, partitions: [{ partition, fetchOffset: String(fromOffset), maxBytes: atMost }] }]
    const { responses } = await broker.fetch({ isolationLevel: READ_COMMITTED, maxWaitTime: 0, minBytes: 1, maxBytes: atMost, topics })
    const fetched = responses[0]?.partitions[0]
    if (fetched === undefined) throw new LogError(`${physicalTopic}/${partition}: the broker answered nothing`, { retriable: true })
    return recordsOf(fetched, { topic, fromOffset, maxValueBytes })
  } catch (error) {
    if (protocolError(error) !== 'OFFSET_OUT_OF_RANGE') throw error
    const [range] = await rangesOf(cluster, physicalTopic, topic, [partition])
    throw outOfRange({ ...options, fromOffset }, range ?? null)
  }
}

/** The error for an offset that the partition does not have. */
export function outOfRange(at: { physicalTopic: string; partition: number; fromOffset: number }, range: PartitionRange | null): LogError {
  const held = range === null ? '' : ` holds offsets ${range.firstOffset} to ${range.endOffset};`
  return new LogError(`${at.physicalTopic}/${at.partition}${held} there is no reading from ${at.fromOffset}`, { retriable: false })
}
