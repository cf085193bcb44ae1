import { decodeCommand } from '@twinreel/contracts/messages'
import { TOPICS } from '@twinreel/contracts/topics'
import type { Kafka } from 'kafkajs'
import type { ReadCommand } from './command-reader.ts'

/**
 * Hands on what Twinreel asks of any call, from now on; begin before your first `call.started`. The group must be this process's own: each process reads
 * everything and passes over what is not about its calls. `stop` to end it.
 */
export async function readKafkaCommands(
  kafka: Kafka,
  { groupId, topicPrefix = '', take }: { groupId: string; topicPrefix?: string; take(command: ReadCommand): void },
): Promise<{ stop(): Promise<void> }> {
  const topic = topicPrefix + TOPICS.callCommands
  const admin = kafka.admin()
  await admin.connect()
  // A place, not the word "latest": that would be looked up later, behind the first commands.
  const ends = await admin.fetchTopicOffsets(topic)
  await admin.disconnect()
  const consumer = kafka.consumer({ groupId, allowAutoTopicCreation: false })
  await consumer.connect()
  await consumer.subscribe({ topics: [topic] })
  await consumer.run({
    autoCommit: false,
    eachMessage: async ({ message: { key, headers = {}, value } }) => {
      const texts = Object.fromEntries(Object.entries(headers).flatMap(([name, content]) => (content === undefined ? [] : [[name, String(content)]])))
      const decoded = decodeCommand({ key: String(key ?? ''), headers: texts, value: value ?? new Uint8Array() })
      if (decoded.ok) take(decoded.message)
    },
  })
  for (const { partition, high } of ends) consumer.seek({ topic, partition, offset: high })
  return { stop: () => consumer.disconnect() }
}
