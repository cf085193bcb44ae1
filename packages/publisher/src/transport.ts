import type { WireMessage } from '@twinreel/contracts/messages'
import { TOPICS } from '@twinreel/contracts/topics'
import type { EventLog } from '@twinreel/event-log/port'
import type { Producer } from 'kafkajs'

/** The way to the topic `calls`. */
export interface Transport {
  /** What one send may hold; one message may be larger. */
  readonly maxBytes: number
  /**
   * Resolves when all of it is durable, in this order; it is never asked for two things at once. Rejects with an error whose `retriable` is true when
   * the same may succeed later; some of it may have been appended all the same.
   */
  send(messages: readonly WireMessage[]): Promise<unknown>
}

/** A log of `@twinreel/event-log`: the embedded one, or Kafka. */
export function logTransport(log: Pick<EventLog, 'append'>): Transport {
  return { maxBytes: 8 * 1_048_576, send: (messages) => log.append(messages.map((message) => ({ topic: TOPICS.calls, ...message }))) }
}

/**
 * A kafkajs producer, connected. Its default partitioner is the right one (murmur2); it needs neither idempotence nor a limit of requests, since it is asked for one
 * thing at a time. `topicPrefix`: what the installation puts before its topics' names.
 */
export function kafkaTransport(producer: Pick<Producer, 'send'>, { topicPrefix = '' }: { topicPrefix?: string } = {}): Transport {
  return {
    // A batch of the broker's, unpacked, stays below 1 MiB.
    maxBytes: 900_000,
    send: (messages) =>
      producer.send({
        topic: topicPrefix + TOPICS.calls,
        acks: -1,
        messages: messages.map(({ key, headers, value }) => ({ key, headers, value: Buffer.from(value.buffer, value.byteOffset, value.byteLength) })),
      }),
  }
}
