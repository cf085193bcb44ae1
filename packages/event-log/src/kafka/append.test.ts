import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest'
import { BROKER, brokerSettings, removeEverything } from '../../test/kafka-broker.ts'
import { newTopic, numbered, readAll, record, textOf } from '../contract/fixture.ts'
import { openKafkaLog } from '../kafka.ts'
import { type EventLog, LogError } from '../port.ts'
import { applyTopics } from './topics.ts'

describe.skipIf(BROKER === '')('appending at the broker TWINREEL_TEST_KAFKA names', { timeout: 60_000 }, () => {
  const settings = brokerSettings()
  let log: EventLog

  beforeEach(async () => {
    log = await openKafkaLog(settings)
  })
  afterEach(() => log.close())
  afterAll(() => removeEverything(settings))

  const large = (topic: string, sizeBytes: number) => ({ topic, key: 'call', headers: {}, value: new Uint8Array(sizeBytes) })

  /** As somebody else would while the log is open. */
  async function limitTo(topic: string, maxBytes: number): Promise<void> {
    await applyTopics(settings, [{ topic, partitions: 1, replicationFactor: 1, config: { 'max.message.bytes': String(maxBytes) } }])
  }

  test('a record that the topic does not take refuses the whole call, with its size, and no call beside it', async () => {
    const topic = await newTopic(log)
    const refused = log.append([record(topic, 'call', 'not this'), large(topic, 3_000_000)])
    const beside = log.append([record(topic, 'call', 'but this')])
    await expect(refused).rejects.toBeInstanceOf(LogError)
    await expect(refused).rejects.toMatchObject({ retriable: false, message: expect.stringMatching(/about 30000\d\d bytes; the topic takes 1048588/) })
    await beside
    expect((await readAll(log, topic)).map(textOf)).toEqual(['but this'])
  })

  test('much at once goes in as many batches as the topic needs, in order', async () => {
    const topic = await newTopic(log, 2)
    const calls = numbered('call', 6).map((call) =>
      numbered(call, 10).map((text) => ({ ...record(topic, 'call', text), value: new TextEncoder().encode(text.padEnd(100_000, ' ')) })),
    )
    const appended = await Promise.all(calls.map((records) => log.append(records)))
    const partition = appended[0]?.[0]?.partition ?? -1
    const records = await readAll(log, topic, partition)
    expect(records.map((each) => textOf(each).trim())).toEqual(numbered('call', 6).flatMap((call) => numbered(call, 10)))
    expect(appended.flat().map(({ offset }) => offset)).toEqual(records.map(({ offset }) => offset))
  })

  test('a topic that takes less than it did gets smaller batches, and what it refuses is told with what landed before', async () => {
    const topic = await newTopic(log)
    await log.append([record(topic, 'call', 'first')])
    await limitTo(topic, 20_000)
    await log.append(Array.from({ length: 10 }, () => large(topic, 5_000)))
    expect(await readAll(log, topic)).toHaveLength(11)
    const partly = log.append([record(topic, 'call', 'lands'), large(topic, 50_000), record(topic, 'call', 'must not land')])
    await expect(partly).rejects.toMatchObject({ retriable: false, message: expect.stringContaining('1 of 3 records landed') })
    expect((await readAll(log, topic)).slice(11).map(textOf)).toEqual(['lands'])
    await limitTo(topic, 100_000)
    await log.append([large(topic, 50_000)])
    expect(await readAll(log, topic)).toHaveLength(13)
  })

  test('after a refusal nothing that comes later is taken for a repeat', async () => {
    const topic = await newTopic(log, 2)
    await log.append(numbered('call', 8).map((key) => record(topic, key, 'before')))
    await limitTo2(topic, 20_000)
    for (let round = 0; round < 3; round++) {
      const records = numbered('call', 8).map((key) => record(topic, key, `round ${round}`))
      await expect(log.append([...records, { ...large(topic, 30_000), key: 'call-0' }])).rejects.toBeInstanceOf(LogError)
      await log.append(records)
    }
    const kept = [...(await readAll(log, topic, 0)), ...(await readAll(log, topic, 1))].map((each) => `${each.key} ${textOf(each)}`)
    for (const key of numbered('call', 8)) for (const round of [0, 1, 2]) expect(kept.filter((each) => each === `${key} round ${round}`)).toHaveLength(2)
  })

  async function limitTo2(topic: string, maxBytes: number): Promise<void> {
    await applyTopics(settings, [{ topic, partitions: 2, replicationFactor: 1, config: { 'max.message.bytes': String(maxBytes) } }])
  }
})
