import { randomUUID } from 'node:crypto'
import { encodeCommand } from '@twinreel/contracts/messages'
import { TOPICS } from '@twinreel/contracts/topics'
import { Kafka, logLevel, type Consumer, type Producer } from 'kafkajs'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { ReadCommand } from './command-reader.ts'
import { readKafkaCommands } from './kafka-commands.ts'

const BROKER = process.env['TWINREEL_TEST_KAFKA'] ?? ''
const PARTITIONS = 4

/** A topic of commands of this test's own, and what a platform heard from it. */
async function platform({ take = () => {} }: { take?: (command: ReadCommand) => void } = {}) {
  const kafka = new Kafka({ clientId: 'twinreel-test', brokers: [BROKER], logLevel: logLevel.NOTHING })
  const topicPrefix = `test-${randomUUID()}-`
  const topic = topicPrefix + TOPICS.callCommands
  const [admin, producer] = [kafka.admin(), kafka.producer({ allowAutoTopicCreation: false })]
  await Promise.all([admin.connect(), producer.connect()])
  await admin.createTopics({ waitForLeaders: true, topics: [{ topic, numPartitions: PARTITIONS, replicationFactor: 1 }] })
  // Leaders may be known before every broker has the topic.
  await expect
    .poll(
      () =>
        admin.fetchTopicOffsets(topic).then(
          ({ length }) => length,
          () => 0,
        ),
      { timeout: 10_000 },
    )
    .toBe(PARTITIONS)
  onTestFinished(async () => {
    await admin.deleteTopics({ topics: [topic] })
    await Promise.all([admin.disconnect(), producer.disconnect()])
  })
  const groupId = `platform-${randomUUID()}`
  const heard: string[] = []
  const errors: unknown[] = []
  const reading = await readKafkaCommands(kafka, {
    groupId,
    topicPrefix,
    take: (command) => {
      heard.push(command.id)
      take(command)
    },
    onError: (error) => errors.push(error),
  })
  onTestFinished(() => reading.stop())
  return { kafka, topic, groupId, heard, errors, ask: (name: string) => askAll(producer, topic, name) }
}

/** The recorder asks something of a call in each partition; the ids of what it asked. */
async function askAll(producer: Producer, topic: string, name: string): Promise<string[]> {
  const messages = Array.from({ length: PARTITIONS }, (_, partition) => {
    const id = `${name}-${partition}`
    const { key, headers, value } = encodeCommand(`call-${id}`, { type: 'event.handled', data: { eventId: id } }, { id, source: '/test', timeMs: 1_000_000 })
    return { partition, key, headers, value: Buffer.from(value) }
  })
  await producer.send({ topic, messages })
  return messages.map(({ headers }) => headers['ce_id'] ?? '')
}

/** Another process in the same group, such as one that is dead and that the group still waits for: its share is read by nobody. */
async function takesAShare(kafka: Kafka, groupId: string, topic: string): Promise<{ consumer: Consumer; share: number[] }> {
  const consumer = kafka.consumer({ groupId, allowAutoTopicCreation: false })
  let share: number[] = []
  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => (share = payload.memberAssignment[topic] ?? []))
  await consumer.connect()
  await consumer.subscribe({ topics: [topic] })
  await consumer.run({ autoCommit: false, eachMessage: async () => {} })
  return { consumer, share }
}

describe.skipIf(BROKER === '')('commands read from Kafka', () => {
  test('none is lost when the group is shared out anew, once each', async () => {
    const { kafka, topic, groupId, heard, errors, ask } = await platform()
    const before = await ask('before')
    await expect.poll(() => heard.toSorted(), { timeout: 20_000 }).toEqual(before)

    const { consumer, share } = await takesAShare(kafka, groupId, topic)
    onTestFinished(() => consumer.disconnect())
    expect(share).toHaveLength(PARTITIONS / 2)
    const meanwhile = await ask('meanwhile')
    await consumer.disconnect()

    await expect.poll(() => heard.length, { timeout: 30_000 }).toBeGreaterThanOrEqual(2 * PARTITIONS)
    expect(heard.toSorted()).toEqual([...before, ...meanwhile])
    const after = await ask('after')
    await expect.poll(() => heard.toSorted(), { timeout: 20_000 }).toEqual([...after, ...before, ...meanwhile])
    expect(errors).toEqual([])
  }, 90_000)

  test('what ends the reading for good is told, once', async () => {
    const { errors, ask } = await platform({
      take: () => {
        throw new TypeError('no icon on this phone')
      },
    })
    await ask('first')
    await expect.poll(() => errors.map(String), { timeout: 20_000 }).toEqual([expect.stringContaining('no icon on this phone')])
  }, 60_000)
})
