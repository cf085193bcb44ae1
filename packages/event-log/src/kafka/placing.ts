import { partitionOfKey } from '../key-partition.ts'
import { LogError, type NewRecord } from '../port.ts'
import { isRetriable } from './failure.ts'
import type { Link } from './link.ts'
import { partitionsOf } from './partitions.ts'
import type { ProducedMessage } from './protocol.ts'
import { topicConfig } from './topics.ts'

export interface Placed {
  readonly topic: string
  readonly physicalTopic: string
  readonly partition: number
  readonly sizeBytes: number
  readonly message: ProducedMessage
  /** The largest batch the topic takes, as far as is known. */
  readonly maxBatchBytes: number
}

interface TopicFacts {
  readonly partitions: number
  /** The largest batch the topic takes; null when we may not know. */
  readonly maxBatchBytes: number | null
}

/** Kafka's own default for max.message.bytes. */
const USUAL_BATCH_BYTES = 1_048_588
/** Of a record batch, and of a record in it besides its key, value and headers, at most. */
export const BATCH_OVERHEAD_BYTES = 61
const RECORD_OVERHEAD_BYTES = 30
const HEADER_OVERHEAD_BYTES = 10

/**
 * Finds the places of a call's records, of all or of none: throws for an unknown topic, and for a record that is known to be too large. A
 * topic is looked at once: its number of partitions is for good. `untilMs` is of `performance.now`.
 */
export function createPlacing(link: Link, prefix: string): (records: readonly NewRecord[], untilMs: number) => Promise<Placed[]> {
  const facts = new Map<string, TopicFacts>()

  async function factsOf(topic: string, untilMs: number): Promise<TopicFacts> {
    const known = facts.get(topic)
    if (known !== undefined) return known
    const physicalTopic = prefix + topic
    const partitions = await link.retry(`topic ${physicalTopic}`, untilMs - performance.now(), (cluster) => partitionsOf(cluster, physicalTopic))
    const config = await topicConfig(link, physicalTopic, untilMs - performance.now()).catch((error: unknown) => {
      // Without the right to ask, the broker says so when a record is too large.
      if (isRetriable(error)) throw error
      return null
    })
    const maxBatchBytes = Number(config?.get('max.message.bytes')?.value)
    const learned = { partitions: partitions.length, maxBatchBytes: maxBatchBytes > 0 ? maxBatchBytes : null }
    facts.set(topic, learned)
    return learned
  }

  async function place(record: NewRecord, untilMs: number): Promise<Placed> {
    const { topic, key, headers, value } = record
    const physicalTopic = prefix + topic
    const sizeBytes = sizeOf(record)
    const isTooLarge = ({ maxBatchBytes }: TopicFacts): boolean => maxBatchBytes !== null && sizeBytes + BATCH_OVERHEAD_BYTES > maxBatchBytes
    let known = await factsOf(topic, untilMs)
    if (isTooLarge(known)) {
      // The limit may have been raised since.
      facts.delete(topic)
      known = await factsOf(topic, untilMs)
      if (isTooLarge(known)) throw tooLarge(physicalTopic, sizeBytes, known.maxBatchBytes)
    }
    const message = { key, headers, value: Buffer.from(value.buffer, value.byteOffset, value.byteLength) }
    const partition = partitionOfKey(key, known.partitions)
    return { topic, physicalTopic, partition, sizeBytes, message, maxBatchBytes: known.maxBatchBytes ?? USUAL_BATCH_BYTES }
  }

  return async (records, untilMs) => {
    const placed: Placed[] = []
    for (const record of records) placed.push(await place(record, untilMs))
    return placed
  }
}

function sizeOf({ key, headers, value }: NewRecord): number {
  let sizeBytes = RECORD_OVERHEAD_BYTES + value.byteLength + Buffer.byteLength(key)
  for (const name in headers) sizeBytes += HEADER_OVERHEAD_BYTES + Buffer.byteLength(name) + Buffer.byteLength(headers[name] ?? '')
  return sizeBytes
}

export function tooLarge(topic: string, sizeBytes: number, maxBytes: number | null): LogError {
  const limit = maxBytes === null ? 'more than the topic takes' : `the topic takes ${maxBytes}`
  return new LogError(`append to ${topic}: a record of about ${sizeBytes} bytes; ${limit} (max.message.bytes)`, { retriable: false })
}
