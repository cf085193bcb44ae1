import type { WireMessage } from '@twinreel/contracts/messages'
import { TOPICS } from '@twinreel/contracts/topics'
import { LogError, type EventLog } from '@twinreel/event-log/port'
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
 * A kafkajs producer, connected; a broker that is away for longer than its own tries is asked again. Its default partitioner is the right one (murmur2); it needs neither idempotence nor a limit of requests, since it is asked for one
 * thing at a time. `topicPrefix`: what the installation puts before its topics' names.
 */
export function kafkaTransport(producer: Pick<Producer, 'send'>, { topicPrefix = '' }: { topicPrefix?: string } = {}): Transport {
  let isTopicKnown = false
  return {
    // A batch of the broker's, unpacked, stays below 1 MiB.
    maxBytes: 900_000,
    async send(messages) {
      try {
        await producer.send({
          topic: topicPrefix + TOPICS.calls,
          acks: -1,
          messages: messages.map(({ key, headers, value }) => ({ key, headers, value: Buffer.from(value.buffer, value.byteOffset, value.byteLength) })),
        })
        isTopicKnown = true
      } catch (error) {
        throw isPassing(error, isTopicKnown) ? new LogError(messageOf(error), { retriable: true, cause: error }) : error
      }
    },
  }
}

/** kafkajs says of whatever it gave up on after a few seconds that it is not retriable: its cause tells. A topic that was never there will not come. */
function isPassing(error: unknown, isTopicKnown: boolean): boolean {
  if (!(error instanceof Error)) return false
  if (error.name.startsWith('KafkaJSN') && error.cause instanceof Error) return isPassing(error.cause, isTopicKnown)
  if ('errors' in error && Array.isArray(error.errors)) return error.errors.length > 0 && error.errors.every((one) => isPassing(one, isTopicKnown))
  if ('type' in error && error.type === 'UNKNOWN_TOPIC_OR_PARTITION' && !isTopicKnown) return false
  return 'retriable' in error && error.retriable === true
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
