import { Kafka, logLevel } from 'kafkajs'
import { toLogError } from './failure.ts'
import { connectionConfig } from './kafkajs.ts'
import type { KafkaSettings } from './settings.ts'

/** Deletes topics with all that is in them, for what was made to be thrown away. One that does not exist is passed over. Throws `LogError`. */
export async function removeTopics(settings: KafkaSettings, topics: readonly string[]): Promise<void> {
  const admin = new Kafka({ ...connectionConfig(settings), brokers: [...settings.brokers], logLevel: logLevel.NOTHING }).admin()
  try {
    await admin.connect()
    const existing = new Set(await admin.listTopics())
    const names = topics.map((topic) => settings.topicPrefix + topic).filter((name) => existing.has(name))
    if (names.length > 0) await admin.deleteTopics({ topics: names })
  } catch (error) {
    throw toLogError(error, `removing topics at ${settings.brokers.join(', ')}`)
  } finally {
    await admin.disconnect()
  }
}
