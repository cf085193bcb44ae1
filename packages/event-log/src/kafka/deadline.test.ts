import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest'
import { BROKER, brokerSettings, removeEverything } from '../../test/kafka-broker.ts'
import { type Proxy, proxyTo } from '../../test/kafka-proxy.ts'
import { keyOfPartition, newTopic, numbered, readAll, record, textOf } from '../contract/fixture.ts'
import { openKafkaLog } from '../kafka.ts'
import type { EventLog } from '../port.ts'

describe.skipIf(BROKER === '')('appending until time is up, at the broker TWINREEL_TEST_KAFKA names', { timeout: 60_000 }, () => {
  const settings = brokerSettings({ connectTimeoutMs: 2_000 })
  let proxy: Proxy
  let log: EventLog
  let topic = ''

  beforeEach(async () => {
    proxy = await proxyTo(BROKER)
    const patient = await openKafkaLog(settings)
    topic = await newTopic(patient)
    await patient.close()
    log = await openKafkaLog({ ...settings, sendDeadlineMs: 400 })
  })
  afterEach(async () => {
    proxy.free()
    await log.close()
    proxy.close()
  })
  afterAll(() => removeEverything(settings))

  test('what is told as landed is in the log, also after calls whose answers never came', async () => {
    const landed: { offset: number; text: string }[] = []
    const append = async (text: string): Promise<void> => {
      const [at] = await log.append([record(topic, 'call', text)])
      landed.push({ offset: at?.offset ?? -1, text })
    }
    for (const round of numbered('round', 4)) {
      await append(`${round} before`)
      proxy.block()
      await expect(append(`${round} unheard`)).rejects.toMatchObject({ retriable: true })
      proxy.free()
      await append(`${round} after`)
      await append(`${round} once more`)
    }
    const kept = new Map((await readAll(log, topic)).map((each) => [each.offset, textOf(each)]))
    expect(landed.map(({ offset }) => kept.get(offset))).toEqual(landed.map(({ text }) => text))
  })

  test('what was given up before a connection was there is not sent when it comes at last', async () => {
    await log.append([record(topic, 'call', 'before')])
    proxy.block()
    proxy.cut()
    await expect(log.append([record(topic, 'call', 'given up')])).rejects.toMatchObject({ retriable: true })
    const after = log.append([record(topic, 'call', 'after')])
    proxy.free()
    await after
    await log.append([record(topic, 'call', 'once more')])
    expect((await readAll(log, topic)).map(textOf)).toEqual(['before', 'after', 'once more'])
  })

  test('calls in flight keep the order of each key when the connection is lost again and again', async () => {
    const patient = await openKafkaLog({ ...settings, topicPrefix: settings.topicPrefix })
    const many = await newTopic(patient, 3)
    const keys = [0, 1, 2].map((partition) => keyOfPartition(partition, 3))
    const calls: Promise<unknown>[] = []
    for (const text of numbered('call', 60)) {
      calls.push(patient.append(keys.map((key) => record(many, key, text))))
      if (calls.length % 20 === 0) {
        await calls.at(-15)
        proxy.cut()
      }
    }
    await Promise.all(calls)
    for (const partition of [0, 1, 2]) expect((await readAll(patient, many, partition)).map(textOf)).toEqual(numbered('call', 60))
    await patient.close()
  })
})
