import { randomUUID } from 'node:crypto'
import { Kafka, logLevel } from 'kafkajs'
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest'
import { BROKER, brokerSettings, removeEverything } from '../../test/kafka-broker.ts'
import { join, shared, type Shared, startMember } from '../../test/kafka-group.ts'
import { collect, gate, keyOfPartition, newTopic, numbered, record, textOf, until } from '../contract/fixture.ts'
import { openKafkaLog } from '../kafka.ts'
import { type EventLog, LogError } from '../port.ts'
import { groupMembers } from './group-members.ts'

const PARTITIONS = 6

describe.skipIf(BROKER === '')('a consumer group at the broker TWINREEL_TEST_KAFKA names', { timeout: 60_000 }, () => {
  const settings = brokerSettings()
  const keys = Array.from({ length: PARTITIONS }, (_, partition) => keyOfPartition(partition, PARTITIONS))
  let log: EventLog
  let other: EventLog
  let topic = ''
  let groupId = ''

  beforeEach(async () => {
    log = await openKafkaLog(settings)
    other = await openKafkaLog({ ...settings, clientId: 'twinreel-test-other' })
    topic = await newTopic(log, PARTITIONS)
    groupId = `group-${randomUUID()}`
  })
  afterEach(async () => {
    await log.close()
    await other.close()
  })
  afterAll(() => removeEverything(settings))

  /** Appends a round of numbered records to every partition. */
  async function appendRound(round: number): Promise<void> {
    await log.append(keys.flatMap((key) => numbered(`${key} ${round}`, 5).map((text) => record(topic, key, text))))
  }

  function expectAll(group: Shared, rounds: number): void {
    for (const [partition, key] of keys.entries()) {
      expect(group.texts.get(partition)).toEqual(Array.from({ length: rounds }, (_, round) => numbered(`${key} ${round}`, 5)).flat())
    }
  }

  test('members come and go: no partition is ever held by two, no record is missed or comes twice, what need not move stays', async () => {
    const group = shared()
    const first = await join(log, 'first', group, { topic, groupId })
    await until(() => expect(first.assigned).toHaveLength(PARTITIONS))
    let rounds = 0
    let isAppending = true
    const appending = (async () => {
      while (isAppending) await appendRound(rounds++)
    })()
    const second = await join(other, 'second', group, { topic, groupId })
    await until(() => expect(second.assigned).toHaveLength(PARTITIONS / 2))
    expect(first.revoked).toHaveLength(PARTITIONS / 2)
    expect(first.assigned).toHaveLength(PARTITIONS)
    expect(await groupMembers(settings, groupId)).toBe(2)

    await first.consumer.stop()
    await until(() => expect(second.assigned).toHaveLength(PARTITIONS))
    expect(new Set(second.assigned).size).toBe(PARTITIONS)
    expect(second.revoked).toEqual([])
    isAppending = false
    await appending
    await until(() => expectAll(group, rounds))
    await second.consumer.stop()
    expect(group.faults).toEqual([])
    expect(await groupMembers(settings, groupId)).toBe(0)
  })

  test('a partition moves only when its handler has finished and given it back', async () => {
    const group = shared()
    const leave = gate()
    const first = await join(log, 'first', group, { topic, groupId, hold: () => leave.opened })
    await until(() => expect(first.assigned).toHaveLength(PARTITIONS))
    await appendRound(0)
    const second = await join(other, 'second', group, { topic, groupId })
    await until(async () => expect(await groupMembers(settings, groupId)).toBe(2))
    expect(second.assigned).toEqual([])
    leave.open()
    await until(() => expect(second.assigned).toHaveLength(PARTITIONS / 2))
    await until(() => expectAll(group, 1))
    expect(group.faults).toEqual([])
  })

  test('a slow handler holds up its own partition alone', async () => {
    const leave = gate()
    const seen = await collect(log, { topic, groupId, onBatch: ({ partition }) => (partition === 0 ? leave.opened : Promise.resolve()) })
    await appendRound(0)
    await until(() => expect(seen.texts()).toHaveLength(5 * (PARTITIONS - 1)))
    await appendRound(1)
    await until(() => expect(seen.texts()).toHaveLength(10 * (PARTITIONS - 1)))
    leave.open()
    await until(() => expect(seen.texts(0)).toHaveLength(10))
    await seen.consumer.stop()
  })

  test('what a killed member had goes to the others, which stay in the group however long their handlers take', async () => {
    const group = shared()
    const leave = gate()
    const first = await join(log, 'first', group, { topic, groupId, hold: () => leave.opened })
    await until(() => expect(first.assigned).toHaveLength(PARTITIONS))
    const killed = startMember(settings.topicPrefix, topic, groupId)
    await until(() => expect(killed.partitions('assigned')).toHaveLength(PARTITIONS / 2))
    const kept = [...group.holders.keys()]
    await appendRound(0)
    killed.child.kill('SIGKILL')
    await until(() => expect(group.holders.size).toBe(PARTITIONS))
    expect(first.revoked).toHaveLength(PARTITIONS / 2)
    expect(first.revoked).not.toEqual(expect.arrayContaining(kept))
    leave.open()
    await until(() => expect([...group.texts.keys()]).toEqual(expect.arrayContaining(kept)))
    expect(group.faults).toEqual([])
  })

  test('a member that was frozen longer than its session loses everything when it thaws, and starts anew', async () => {
    const frozen = startMember(settings.topicPrefix, topic, groupId)
    await until(() => expect(frozen.partitions('assigned')).toHaveLength(PARTITIONS))
    frozen.child.kill('SIGSTOP')
    const group = shared()
    const successor = await join(log, 'successor', group, { topic, groupId })
    await until(() => expect(successor.assigned).toHaveLength(PARTITIONS))
    await appendRound(0)
    await until(() => expectAll(group, 1))
    frozen.child.kill('SIGCONT')
    await until(() => expect(frozen.partitions('assigned')).toHaveLength(PARTITIONS * 1.5))
    expect(frozen.partitions('revoked')).toHaveLength(PARTITIONS)
    expect(frozen.partitions('batch')).toEqual([])
    frozen.child.kill('SIGKILL')
    expect(group.faults).toEqual([])
  })

  test('a member that leaves while it still joins is not waited for by the others', async () => {
    const group = shared()
    const first = await join(log, 'first', group, { topic, groupId })
    await until(() => expect(first.assigned).toHaveLength(PARTITIONS))
    const second = await join(other, 'second', group, { topic, groupId })
    // It is known to the group as soon as it asks, and has its answer when the first has heard of it.
    await expect.poll(() => groupMembers(settings, groupId), { interval: 5, timeout: 10_000 }).toBe(2)
    await second.consumer.stop()
    expect(await groupMembers(settings, groupId)).toBe(1)
    expect(group.faults).toEqual([])
  })

  test('records that are gone before they were read end the consumer, and are not skipped', async () => {
    const appended = await log.append(numbered('message', 6).map((text) => record(topic, keys[0] ?? '', text)))
    const seen = await collect(log, { topic, groupId })
    seen.consumer.pause(0)
    await until(() => expect(seen.assigned).toHaveLength(PARTITIONS))
    await log.trim({ topic, partition: 0, beforeOffset: appended[4]?.offset ?? 0, olderThanMs: Date.UTC(2200, 0, 1) })
    seen.consumer.resume(0)
    await expect(seen.consumer.done).rejects.toBeInstanceOf(LogError)
    await expect(seen.consumer.done).rejects.toThrow('offsets 4 to 6; there is no reading from 0')
    expect(seen.texts()).toEqual([])
    await seen.consumer.stop()
  })

  test('what a transaction wrote comes when it is committed and never when it is aborted, and the last batch reaches the end', async () => {
    const producer = new Kafka({ brokers: [BROKER], logLevel: logLevel.NOTHING }).producer({
      idempotent: true,
      maxInFlightRequests: 1,
      transactionalId: randomUUID(),
    })
    await producer.connect()
    const write = async (value: string, isKept: boolean): Promise<void> => {
      const transaction = await producer.transaction()
      await transaction.send({ topic: settings.topicPrefix + topic, messages: [{ key: 'call', value, partition: 0 }] })
      await (isKept ? transaction.commit() : transaction.abort())
    }
    await write('one', true)
    await write('never', false)
    await log.append([record(topic, keys[0] ?? '', 'plain')])
    await write('two', true)
    await producer.disconnect()
    const seen = await collect(log, { topic, groupId })
    await until(() => expect(seen.texts(0)).toEqual(['one', 'plain', 'two']))
    const last = seen.batches.at(-1)
    expect((last?.records.at(-1)?.offset ?? -1) + 1).toBe(last?.endOffset)
    const range = (await log.ranges(topic))[0]
    expect((await log.read({ topic, partition: 0, fromOffset: range?.firstOffset ?? -1 })).records.map(textOf)).toEqual(['one', 'plain', 'two'])
    await seen.consumer.stop()
  })

  test('another prefix is another log', async () => {
    const elsewhere = await openKafkaLog({ ...settings, topicPrefix: `${settings.topicPrefix}elsewhere.` })
    await elsewhere.ensureTopics([{ topic, partitions: 1 }])
    await elsewhere.append([record(topic, 'key', 'elsewhere')])
    const [here, there] = [await collect(log, { topic, groupId }), await collect(elsewhere, { topic, groupId })]
    await log.append([record(topic, 'key', 'here')])
    await until(() => expect([here.texts(), there.texts()]).toEqual([['here'], ['elsewhere']]))
    expect(await groupMembers(settings, groupId)).toBe(1)
    await elsewhere.close()
  })
})
