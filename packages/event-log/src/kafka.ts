import { createAppender } from './kafka/append.ts'
import { startConsumer } from './kafka/consume.ts'
import { createLink } from './kafka/link.ts'
import { type MemberMemory, NO_MEMORY } from './kafka/member-memory.ts'
import { rangesOf } from './kafka/offsets.ts'
import { partitionsOf } from './kafka/partitions.ts'
import { readBatch } from './kafka/read.ts'
import type { KafkaLog, KafkaSettings } from './kafka/settings.ts'
import { ensureTopics } from './kafka/topics.ts'
import { trimPartition } from './kafka/trim.ts'
import { type Consumer, type EventLog, LogError } from './port.ts'

/**
 * The log in Kafka. Connects and checks before it answers; throws `LogError` naming the brokers and what is wrong with them, the
 * credentials or TLS. Brokers that go away later are waited for: calls fail, retriable, when their time is up, consumers go on by themselves.
 */
export async function openKafkaLog(settings: KafkaSettings, options: { log?: KafkaLog; members?: MemberMemory } = {}): Promise<EventLog> {
  const log: KafkaLog = options.log ?? (() => undefined)
  if (settings.brokers.length === 0) throw new LogError('Kafka: there is no broker to connect to', { retriable: false })
  const link = createLink(settings, log)
  try {
    // The addresses the brokers give of themselves may be others than those they were found by.
    await link.run(async (cluster) => await cluster.brokerPool.findConnectedBroker())
  } catch (error) {
    link.close()
    throw error
  }
  const { topicPrefix, requestTimeoutMs, sendDeadlineMs } = settings
  const appender = createAppender(link, { prefix: topicPrefix, sendDeadlineMs, requestTimeoutMs })
  const consumers = new Set<Consumer>()
  let closing: Promise<void> | null = null

  function mustBeOpen(): void {
    if (closing !== null) throw new LogError(`Kafka at ${settings.brokers.join(', ')}: the log is closed`, { retriable: false })
  }

  async function numbersOf(topic: string): Promise<number[]> {
    const physicalTopic = topicPrefix + topic
    const partitions = await link.retry(`topic ${physicalTopic}`, requestTimeoutMs, (cluster) => partitionsOf(cluster, physicalTopic))
    return partitions.map(({ partitionId }) => partitionId)
  }

  async function close(): Promise<void> {
    await Promise.all([...consumers].map((consumer) => consumer.stop()))
    await appender.idle()
    link.close()
  }

  return {
    async ensureTopics(wanted) {
      mustBeOpen()
      await ensureTopics(
        link,
        wanted.map(({ topic, partitions }) => ({ topic: topicPrefix + topic, partitions })),
      )
    },
    async append(records) {
      mustBeOpen()
      return await appender.append(records)
    },
    async consume(consumeOptions) {
      mustBeOpen()
      await numbersOf(consumeOptions.topic)
      const ended = (consumer: Consumer): void => void consumers.delete(consumer)
      const consumer = startConsumer({ settings, log, members: options.members ?? NO_MEMORY, ended }, consumeOptions)
      consumers.add(consumer)
      return consumer
    },
    async ranges(topic) {
      mustBeOpen()
      const numbers = await numbersOf(topic)
      return await link.retry(`ranges of ${topicPrefix}${topic}`, requestTimeoutMs, (cluster) => rangesOf(cluster, topicPrefix + topic, topic, numbers))
    },
    async read({ maxRecords = 1000, maxBytes = 4 * 1024 * 1024, maxValueBytes = 1024 * 1024, ...from }) {
      mustBeOpen()
      if (!(maxRecords >= 1)) throw new LogError(`maxRecords is ${maxRecords}; a read takes at least one record`, { retriable: false })
      return await readBatch(link, requestTimeoutMs, { ...from, physicalTopic: topicPrefix + from.topic, maxRecords, maxBytes, maxValueBytes })
    },
    async trim({ topic, ...what }) {
      mustBeOpen()
      return await trimPartition(link, requestTimeoutMs, { ...what, physicalTopic: topicPrefix + topic })
    },
    async identity() {
      mustBeOpen()
      return await link.retry('identity', requestTimeoutMs, (cluster) => {
        const clusterId = cluster.brokerPool.metadata?.clusterId
        if (clusterId === undefined) throw new LogError('Kafka: the cluster has not said its id', { retriable: true })
        return Promise.resolve(clusterId)
      })
    },
    async close() {
      closing ??= close()
      await closing
    },
  }
}
