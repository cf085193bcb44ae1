import { Kafka, ConfigResourceTypes, logLevel } from 'kafkajs'
import { afterAll, describe, expect, test } from 'vitest'
import { BROKER, brokerSettings, removeEverything } from '../../test/kafka-broker.ts'
import { until } from '../contract/fixture.ts'
import { topicPlan } from './topic-plan.ts'
import { applyTopics, checkTopics } from './topics.ts'

const plan = topicPlan({ partitions: 4, replicationFactor: 1 })

test('calls and the commands for them are shared out alike; every topic keeps the log’s own time and nothing packed', () => {
  expect(plan.map(({ topic, partitions }) => [topic, partitions])).toEqual([
    ['calls', 4],
    ['call-commands', 4],
    ['recordings', 1],
    ['dead-letters', 1],
  ])
  for (const { config } of plan) expect(config).toMatchObject({ 'message.timestamp.type': 'LogAppendTime', 'compression.type': 'uncompressed' })
})

test('the broker keeps messages longer than the recorder does', () => {
  const dayMs = 86_400_000
  const retentionDays = (logRetentionMs: number) =>
    topicPlan({ partitions: 1, replicationFactor: 3, logRetentionMs }).map(({ config }) => Number(config['retention.ms']) / dayMs)
  expect(retentionDays(3 * dayMs)).toEqual([7, 7, 7, 7])
  expect(retentionDays(10 * dayMs)).toEqual([20, 20, 20, 20])
  expect(topicPlan({ partitions: 1, replicationFactor: 3 })[0]?.config['min.insync.replicas']).toBe('2')
})

describe.skipIf(BROKER === '')('topics at the broker TWINREEL_TEST_KAFKA names', { timeout: 60_000 }, () => {
  const used: ReturnType<typeof brokerSettings>[] = []
  const fresh = () => {
    const settings = brokerSettings()
    used.push(settings)
    return settings
  }
  afterAll(async () => {
    for (const settings of used) await removeEverything(settings)
  })

  test('applying makes what is missing, and does nothing the second time', async () => {
    const settings = fresh()
    await expect(checkTopics(settings, plan)).rejects.toThrow(`there is no topic ${settings.topicPrefix}calls; run \`twinreel topics apply\``)
    const made = await applyTopics(settings, plan)
    expect(made.map(({ topic, outcome, partitions }) => [topic, outcome, partitions])).toEqual(
      plan.map(({ topic, partitions }) => [settings.topicPrefix + topic, 'created', partitions]),
    )
    await checkTopics(settings, plan)
    const again = await applyTopics(settings, plan)
    expect(again.map(({ outcome, changes, remarks }) => [outcome, changes, remarks])).toEqual(plan.map(() => ['unchanged', [], []]))
  })

  test('what differs is corrected and told; what somebody else has set there stays', async () => {
    const settings = fresh()
    await applyTopics(settings, plan)
    const name = `${settings.topicPrefix}calls`
    const admin = new Kafka({ brokers: [...settings.brokers], logLevel: logLevel.NOTHING }).admin()
    await admin.connect()
    const configEntries = [
      { name: 'message.timestamp.type', value: 'CreateTime' },
      { name: 'segment.bytes', value: '50000000' },
    ]
    await admin.alterConfigs({ validateOnly: false, resources: [{ type: ConfigResourceTypes.TOPIC, name, configEntries }] })
    // Brokers hear of it a moment later.
    await until(() => expect(checkTopics(settings, plan)).rejects.toThrow(`topic ${name} has message.timestamp.type=CreateTime`))
    const [calls] = await applyTopics(settings, plan)
    expect(calls?.outcome).toBe('changed')
    expect(calls?.changes).toContainEqual({ name: 'message.timestamp.type', from: 'CreateTime', to: 'LogAppendTime' })
    await checkTopics(settings, plan)
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: [{ type: ConfigResourceTypes.TOPIC, name, configNames: ['segment.bytes'] }],
    })
    expect(resources[0]?.configEntries[0]?.configValue).toBe('50000000')
    await admin.disconnect()
  })

  test('another number of partitions is refused before anything is changed', async () => {
    const settings = fresh()
    await applyTopics(settings, plan.slice(1, 2))
    const more = topicPlan({ partitions: 5, replicationFactor: 1 })
    await expect(applyTopics(settings, more)).rejects.toThrow(/call-commands has 4 partitions, 5 were asked for; a keyed topic cannot be repartitioned/)
    await expect(checkTopics(settings, more.slice(1, 2))).rejects.toMatchObject({ retriable: false })
    await expect(checkTopics(settings, plan.slice(0, 1))).rejects.toThrow('there is no topic')
  })

  test('fewer copies than asked for are told, and do not stop the topic from taking records', async () => {
    const settings = fresh()
    await applyTopics(settings, plan.slice(0, 1))
    const [calls] = await applyTopics(settings, topicPlan({ partitions: 4, replicationFactor: 3 }).slice(0, 1))
    expect(calls).toMatchObject({ outcome: 'unchanged', remarks: [expect.stringContaining('1 copies, 3 were asked for')] })
  })
})
