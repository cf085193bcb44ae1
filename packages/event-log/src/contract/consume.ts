import { expect, test } from 'vitest'
import { collect, eachTestWithLog, gate, keyOfPartition, type MakeLog, newTopic, numbered, record, until } from './fixture.ts'

export function consumeContract(makeLog: MakeLog): void {
  const made = eachTestWithLog(makeLog)

  test('delivers what is there and what comes, each record once, in order, from every partition', async () => {
    const { log } = made()
    const topic = await newTopic(log, 3)
    const keys = [0, 1, 2].map((partition) => keyOfPartition(partition, 3))
    await log.append(keys.flatMap((key) => numbered(`${key} before`, 10).map((text) => record(topic, key, text))))
    const seen = await collect(log, { topic })
    await until(() => expect(seen.texts()).toHaveLength(30))
    for (const key of keys) for (const text of numbered(`${key} after`, 10)) await log.append([record(topic, key, text)])
    await until(() => expect(seen.texts()).toHaveLength(60))
    keys.forEach((key, partition) => {
      expect(seen.texts(partition)).toEqual([...numbered(`${key} before`, 10), ...numbered(`${key} after`, 10)])
    })
    expect(seen.assigned.map(({ partition }) => partition).toSorted((a, b) => a - b)).toEqual([0, 1, 2])
    await seen.consumer.stop()
  })

  test('starts at the offset the handler names, whatever the group read before', async () => {
    const { log } = made()
    const topic = await newTopic(log)
    const appended = await log.append(numbered('message', 6).map((text) => record(topic, 'key', text)))
    const groupId = `group-of-${topic}`
    const first = await collect(log, { topic, groupId })
    await until(() => expect(first.texts()).toHaveLength(6))
    await first.consumer.stop()
    const second = await collect(log, { topic, groupId, from: () => appended[4]?.offset ?? -1 })
    await until(() => expect(second.texts()).toHaveLength(2))
    expect(second.texts()).toEqual(['message-4', 'message-5'])
    await second.consumer.stop()
  })

  test('gives every group all records', async () => {
    const { log } = made()
    const topic = await newTopic(log)
    const groups = await Promise.all([collect(log, { topic }), collect(log, { topic })])
    await log.append(numbered('message', 5).map((text) => record(topic, 'key', text)))
    for (const seen of groups) await until(() => expect(seen.texts()).toEqual(numbered('message', 5)))
    await Promise.all(groups.map((seen) => seen.consumer.stop()))
  })

  test('has one batch of a partition under way at a time', async () => {
    const { log } = made()
    const topic = await newTopic(log)
    let underWay = 0
    let most = 0
    const onBatch = async () => {
      most = Math.max(most, ++underWay)
      await new Promise<void>((resolve) => setImmediate(resolve))
      underWay--
    }
    const seen = await collect(log, { topic, maxBatchBytes: 1000, onBatch })
    for (let n = 0; n < 10; n++) await log.append(numbered(`round-${n}`, 20).map((text) => record(topic, 'key', text)))
    await until(() => expect(seen.texts()).toHaveLength(200))
    expect(seen.texts()).toEqual(Array.from({ length: 10 }, (_, n) => numbered(`round-${n}`, 20)).flat())
    expect(most).toBe(1)
    await seen.consumer.stop()
  })

  test('a batch says where the partition ends, and the last one reaches it', async () => {
    const { log } = made()
    const topic = await newTopic(log)
    await log.append(numbered('message', 50).map((text) => record(topic, 'key', text)))
    const seen = await collect(log, { topic, maxBatchBytes: 500 })
    await until(() => expect(seen.texts()).toHaveLength(50))
    const last = seen.batches.at(-1)
    expect((last?.records.at(-1)?.offset ?? -1) + 1).toBeGreaterThanOrEqual(last?.endOffset ?? Infinity)
    await seen.consumer.stop()
  })

  test('a value that is too large comes without its bytes', async () => {
    const { log } = made()
    const topic = await newTopic(log)
    const seen = await collect(log, { topic, maxValueBytes: 1000 })
    await log.append([{ topic, key: 'key', headers: {}, value: new Uint8Array(1001) }, record(topic, 'key', 'after')])
    await until(() => expect(seen.texts()).toEqual(['(too large)', 'after']))
    expect(seen.batches[0]?.records[0]?.sizeBytes).toBe(1001)
    await seen.consumer.stop()
  })

  test('a paused partition rests while the others go on, and goes on where it was', async () => {
    const { log } = made()
    const topic = await newTopic(log, 2)
    const [resting, going] = [keyOfPartition(0, 2), keyOfPartition(1, 2)]
    const seen = await collect(log, { topic })
    await log.append([record(topic, resting, 'first')])
    await until(() => expect(seen.texts(0)).toEqual(['first']))
    seen.consumer.pause(0)
    await log.append([record(topic, resting, 'second')])
    for (const text of numbered('beside', 5)) await log.append([record(topic, going, text)])
    await until(() => expect(seen.texts(1)).toHaveLength(5))
    expect(seen.texts(0)).toEqual(['first'])
    seen.consumer.resume(0)
    await until(() => expect(seen.texts(0)).toEqual(['first', 'second']))
    await seen.consumer.stop()
  })

  test('the batch under way at a pause finishes, and no other begins', async () => {
    const { log } = made()
    const topic = await newTopic(log, 2)
    const [resting, going] = [keyOfPartition(0, 2), keyOfPartition(1, 2)]
    const [entered, leave] = [gate(), gate()]
    const onBatch = async ({ partition }: { partition: number }) => {
      if (partition !== 0) return
      entered.open()
      await leave.opened
    }
    const seen = await collect(log, { topic, onBatch })
    await log.append([record(topic, resting, 'under way')])
    await entered.opened
    seen.consumer.pause(0)
    await log.append([record(topic, resting, 'later'), record(topic, going, 'beside')])
    leave.open()
    await until(() => expect(seen.texts().toSorted()).toEqual(['beside', 'under way']))
    seen.consumer.resume(0)
    await until(() => expect(seen.texts(0)).toEqual(['under way', 'later']))
    await seen.consumer.stop()
  })
}
