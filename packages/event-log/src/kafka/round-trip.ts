import { randomUUID } from 'node:crypto'
import { Kafka, logLevel, type Consumer } from 'kafkajs'
import { connectionConfig } from './kafkajs.ts'
import type { KafkaSettings } from './settings.ts'

const RETRY = { retries: 8, initialRetryTime: 100, maxRetryTime: 500 }

/**
 * Resolves when a record has gone round: into a new topic and out again through a consumer group, which needs the group's coordinator too. A broker listens some seconds
 * before it can do that. The topic and the group are deleted. Throws kafkajs's error when a step fails, or when nothing came within `withinMs`.
 */
export async function recordGoesRound(settings: KafkaSettings, { withinMs }: { withinMs: number }): Promise<void> {
  const kafka = new Kafka({ ...connectionConfig(settings), retry: RETRY, brokers: [...settings.brokers], logLevel: logLevel.NOTHING })
  const topic = `${settings.topicPrefix}round-trip-${randomUUID()}`
  const admin = kafka.admin()
  const producer = kafka.producer({ allowAutoTopicCreation: false })
  const consumer = kafka.consumer({ groupId: topic, allowAutoTopicCreation: false })
  try {
    await admin.connect()
    await admin.createTopics({ topics: [{ topic, numPartitions: 1, replicationFactor: 1 }], waitForLeaders: true })
    await Promise.all([producer.connect(), consumer.connect()])
    await producer.send({ topic, messages: [{ value: topic }] })
    await consumer.subscribe({ topic, fromBeginning: true })
    await arrived(consumer, topic, withinMs)
  } finally {
    await Promise.all([consumer.disconnect(), producer.disconnect()])
    await admin.deleteTopics({ topics: [topic] }).catch(() => {})
    await admin.deleteGroups([topic]).catch(() => {})
    await admin.disconnect()
  }
}

async function arrived(consumer: Consumer, value: string, withinMs: number): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  // It may be decided while the group is still being joined, when nobody waits for it yet.
  promise.catch(() => undefined)
  const timer = setTimeout(() => reject(new Error(`a record did not come back within ${withinMs} ms`)), withinMs)
  consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error))
  try {
    await consumer.run({
      eachMessage: ({ message }) => {
        if (message.value?.toString() === value) resolve()
        return Promise.resolve()
      },
    })
    await promise
  } finally {
    clearTimeout(timer)
  }
}
