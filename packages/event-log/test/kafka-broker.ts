// The broker a test runs against, and what it leaves there.
import { randomUUID } from 'node:crypto'
import { Kafka, logLevel } from 'kafkajs'
import type { KafkaSettings } from '../src/kafka/settings.ts'
import { removeTopics } from '../src/kafka/remove-topics.ts'

/** `host:port`, '' when there is none. */
export const BROKER = process.env.TWINREEL_TEST_KAFKA ?? ''

/** Settings with a prefix of their own. */
export function brokerSettings(changes: Partial<KafkaSettings> = {}): KafkaSettings {
  return {
    brokers: [BROKER],
    clientId: 'twinreel-test',
    topicPrefix: `test-${randomUUID()}.`,
    tls: null,
    sasl: null,
    connectTimeoutMs: 5_000,
    requestTimeoutMs: 20_000,
    sendDeadlineMs: 20_000,
    sessionTimeoutMs: 6_000,
    ...changes,
  }
}

/** Deletes every topic and group with the settings' prefix. */
export async function removeEverything(settings: KafkaSettings): Promise<void> {
  const admin = new Kafka({ clientId: settings.clientId, brokers: [...settings.brokers], logLevel: logLevel.NOTHING }).admin()
  await admin.connect()
  try {
    const { topicPrefix } = settings
    const topics = (await admin.listTopics()).filter((topic) => topic.startsWith(topicPrefix))
    await removeTopics(
      settings,
      topics.map((topic) => topic.slice(topicPrefix.length)),
    )
    const { groups } = await admin.listGroups()
    const mine = groups.map(({ groupId }) => groupId).filter((groupId) => groupId.startsWith(topicPrefix))
    // One whose members have not left yet stays; its offsets expire.
    if (mine.length > 0) await admin.deleteGroups(mine).catch(() => undefined)
  } finally {
    await admin.disconnect()
  }
}
