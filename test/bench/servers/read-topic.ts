import { TOPICS, type Topic } from '@twinreel/contracts/topics'
import type { Servers } from '@twinreel/twinreel/place'
import { Kafka, logLevel, type KafkaMessage } from 'kafkajs'

/** Reads a topic from its beginning to what is its end now, with kafkajs's own consumer in a new group. Batch by batch, each message handed over once. */
export async function readTopic({ kafka }: Servers, each: (message: KafkaMessage) => Promise<void> | void, name: Topic = TOPICS.calls): Promise<void> {
  const topic = kafka.topicPrefix + name
  const client = new Kafka({ brokers: [...kafka.brokers], clientId: 'bench-reader', logLevel: logLevel.ERROR })
  const left = await endOffsets(client, topic)
  if (left.size === 0) return
  const consumer = client.consumer({
    groupId: `${kafka.topicPrefix}reader-${process.pid}`,
    allowAutoTopicCreation: false,
    sessionTimeout: kafka.sessionTimeoutMs,
  })
  let finished: () => void = () => undefined
  let failed: (error: unknown) => void = () => undefined
  const done = new Promise<void>((resolve, reject) => ([finished, failed] = [resolve, reject]))
  consumer.on('consumer.crash', ({ payload }) => failed(payload.error))
  await consumer.connect()
  await consumer.subscribe({ topic, fromBeginning: true })
  await consumer.run({
    autoCommit: false,
    eachBatchAutoResolve: true,
    async eachBatch({ batch, heartbeat }) {
      for (const message of batch.messages) {
        const waiting = each(message)
        if (waiting !== undefined) await waiting
      }
      await heartbeat()
      if (BigInt(batch.lastOffset()) + 1n >= (left.get(batch.partition) ?? 0n)) left.delete(batch.partition)
      if (left.size === 0) finished()
    },
  })
  await done
  await consumer.disconnect()
}

/** Partitions that hold something, and where they end. */
async function endOffsets(client: Kafka, topic: string): Promise<Map<number, bigint>> {
  const admin = client.admin()
  await admin.connect()
  const offsets = await admin.fetchTopicOffsets(topic)
  await admin.disconnect()
  return new Map(offsets.filter(({ low, high }) => low !== high).map(({ partition, high }) => [partition, BigInt(high)]))
}
