import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { partitionOfKey } from '../key-partition.ts'
import { LogError } from '../port.ts'
import { eachTestWithLog, type MakeLog, newTopic, numbered, readAll, record, textOf } from './fixture.ts'

export function appendContract(makeLog: MakeLog): void {
  const made = eachTestWithLog(makeLog)

  test('keeps the order of a key within a call and over calls in flight', async () => {
    const { log } = made()
    const topic = await newTopic(log, 3)
    const calls = numbered('call', 10).map((call) => numbered(call, 20))
    await Promise.all(calls.map((texts) => log.append(texts.map((text) => record(topic, 'one key', text)))))
    const records = await readAll(log, topic, partitionOfKey('one key', 3))
    expect(records.map(textOf)).toEqual(calls.flat())
  })

  test('places a key in the partition its hash names', async () => {
    const { log } = made()
    const topic = await newTopic(log, 5)
    const appended = await log.append(numbered('call', 40).map((key) => record(topic, key, key)))
    expect(appended.map(({ partition }) => partition)).toEqual(numbered('call', 40).map((key) => partitionOfKey(key, 5)))
  })

  test('answers the positions and times a reader will see', async () => {
    const { log } = made()
    const topic = await newTopic(log)
    const appended = await log.append(numbered('message', 5).map((text) => record(topic, 'key', text)))
    const records = await readAll(log, topic)
    expect(appended).toEqual(records.map(({ partition, offset, appendedAtMs }) => ({ topic, partition, offset, appendedAtMs })))
  })

  test('keeps headers and keys in any script, an empty value and no headers', async () => {
    const { log } = made()
    const topic = await newTopic(log)
    const headers = { ce_subject: 'Žluťoučký 通話 📞', ce_empty: '' }
    await log.append([
      { topic, key: 'ключ 🗝', headers, value: new Uint8Array([0, 255, 10]) },
      { topic, key: 'plain', headers: {}, value: new Uint8Array(0) },
    ])
    const [first, second] = await readAll(log, topic)
    expect(first).toMatchObject({ key: 'ключ 🗝', headers, value: new Uint8Array([0, 255, 10]), sizeBytes: 3 })
    expect(second).toMatchObject({ key: 'plain', headers: {}, value: new Uint8Array(0), sizeBytes: 0 })
  })

  test('has nothing to do for no records', async () => {
    expect(await made().log.append([])).toEqual([])
  })

  test('append times never go back in a partition', async () => {
    const { log } = made()
    const topic = await newTopic(log)
    for (const text of numbered('message', 20)) await log.append([record(topic, 'key', text)])
    const times = (await readAll(log, topic)).map(({ appendedAtMs }) => appendedAtMs)
    expect(times).toEqual(times.toSorted((a, b) => a - b))
    expect(times[0]).toBeGreaterThan(0)
  })

  test('keeps the order of each of several producers at work at the same time', async () => {
    const { log } = made()
    const topic = await newTopic(log)
    const producers = numbered('producer', 4)
    await Promise.all(
      producers.map(async (producer) => {
        for (const text of numbered(producer, 25)) await log.append([record(topic, producer, text)])
      }),
    )
    const records = await readAll(log, topic)
    expect(records).toHaveLength(100)
    for (const producer of producers) {
      expect(records.filter(({ key }) => key === producer).map(textOf)).toEqual(numbered(producer, 25))
    }
  })

  test('refuses an unknown topic, and with it the whole call, but no call beside it', async () => {
    const { log } = made()
    const topic = await newTopic(log)
    const refused = log.append([record(topic, 'key', 'not this'), record(`unknown-${randomUUID()}`, 'key', 'nor this')])
    const beside = log.append([record(topic, 'key', 'but this')])
    await expect(refused).rejects.toBeInstanceOf(LogError)
    await beside
    expect((await readAll(log, topic)).map(textOf)).toEqual(['but this'])
  })

  test('a topic that exists stays as it is; another number of partitions is an error', async () => {
    const { log } = made()
    const topic = await newTopic(log, 2)
    await log.append([record(topic, 'key', 'kept')])
    await log.ensureTopics([{ topic, partitions: 2 }])
    expect((await readAll(log, topic, partitionOfKey('key', 2))).map(textOf)).toEqual(['kept'])
    await expect(log.ensureTopics([{ topic, partitions: 3 }])).rejects.toBeInstanceOf(LogError)
  })
}
