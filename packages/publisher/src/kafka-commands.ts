import { decodeCommand } from '@twinreel/contracts/messages'
import { TOPICS } from '@twinreel/contracts/topics'
import type { Kafka } from 'kafkajs'
import type { ReadCommand } from './command-reader.ts'

export interface KafkaCommands {
  /** This process's own: each process reads everything and passes over what is not about its calls. */
  groupId: string
  /** What the installation puts before its topics' names. */
  topicPrefix?: string
  take(command: ReadCommand): void
  /** Hears, once, of what ended the reading for good, such as a right that was taken away, or a `take` that threw a TypeError. A broker that is away is waited for. */
  onError(error: unknown): void
}

/** Hands on what Twinreel asks of any call, from now on, each command once; begin before your first `call.started`. `stop` to end it. */
export async function readKafkaCommands(kafka: Kafka, { groupId, topicPrefix = '', take, onError }: KafkaCommands): Promise<{ stop(): Promise<void> }> {
  const topic = topicPrefix + TOPICS.callCommands
  const nextOffsets = await endsOf(kafka, topic)
  const consumer = kafka.consumer({ groupId, allowAutoTopicCreation: false })
  let isStopped = false
  // Each time that the group is shared out kafkajs begins at what was committed, which is nothing here, and so behind what was asked meanwhile.
  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
    if (isStopped) return
    for (const partition of payload.memberAssignment[topic] ?? []) consumer.seek({ topic, partition, offset: String(nextOffsets.get(partition) ?? 0) })
  })
  consumer.on(consumer.events.CRASH, ({ payload }) => {
    if (!payload.restart && !isStopped) onError(payload.error)
  })
  await consumer.connect()
  await consumer.subscribe({ topics: [topic] })
  await consumer.run({
    autoCommit: false,
    eachMessage: async ({ partition, message: { offset, key, headers = {}, value } }) => {
      // Fetched before the group was shared out, and again after it.
      if (Number(offset) < (nextOffsets.get(partition) ?? 0)) return
      const texts = Object.fromEntries(Object.entries(headers).flatMap(([name, content]) => (content === undefined ? [] : [[name, String(content)]])))
      const decoded = decodeCommand({ key: String(key ?? ''), headers: texts, value: value ?? new Uint8Array() })
      if (decoded.ok) take(decoded.message)
      nextOffsets.set(partition, Number(offset) + 1)
    },
  })
  return {
    stop() {
      isStopped = true
      return consumer.disconnect()
    },
  }
}

/** Where each partition ends now. Places, not the word "latest": that would be looked up later, behind the first commands. One that is added later begins at 0. */
async function endsOf(kafka: Kafka, topic: string): Promise<Map<number, number>> {
  const admin = kafka.admin()
  await admin.connect()
  try {
    return new Map((await admin.fetchTopicOffsets(topic)).map(({ partition, high }) => [partition, Number(high)]))
  } finally {
    await admin.disconnect()
  }
}
