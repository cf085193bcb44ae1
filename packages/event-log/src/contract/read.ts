import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { LogError } from '../port.ts'
import { eachTestWithLog, keyOfPartition, type MakeLog, newTopic, numbered, readAll, record, textOf } from './fixture.ts'

export function readContract(makeLog: MakeLog): void {
  const made = eachTestWithLog(makeLog)

  test('there is one range per partition, and an empty partition begins where it ends', async () => {
    const { log } = made()
    const topic = await newTopic(log, 3)
    const [appended] = await log.append([record(topic, keyOfPartition(1, 3), 'only')])
    const ranges = await log.ranges(topic)
    expect(ranges.map(({ partition }) => partition)).toEqual([0, 1, 2])
    for (const partition of [0, 2]) expect(ranges[partition]?.firstOffset).toBe(ranges[partition]?.endOffset)
    expect(ranges[1]?.firstOffset).toBeLessThanOrEqual(appended?.offset ?? -1)
    expect(ranges[1]?.endOffset).toBe((appended?.offset ?? -1) + 1)
  })

  test('reads on from any offset, up to a number of records, until the end', async () => {
    const { log } = made()
    const topic = await newTopic(log)
    const appended = await log.append(numbered('message', 7).map((text) => record(topic, 'key', text)))
    const fromOffset = appended[2]?.offset ?? -1
    const some = await log.read({ topic, partition: 0, fromOffset, maxRecords: 3 })
    expect(some.records.map(textOf)).toEqual(['message-2', 'message-3', 'message-4'])
    expect(some.endOffset).toBe((appended[6]?.offset ?? -1) + 1)
    const end = await log.read({ topic, partition: 0, fromOffset: some.endOffset })
    expect(end.records).toEqual([])
  })

  test('a batch stays within its bytes, but holds at least one record', async () => {
    const { log } = made()
    const topic = await newTopic(log)
    const value = new Uint8Array(100_000)
    const appended = await log.append(numbered('message', 6).map((key) => ({ topic, key, headers: {}, value })))
    const fromOffset = appended[0]?.offset ?? -1
    const within = await log.read({ topic, partition: 0, fromOffset, maxBytes: 350_000 })
    expect(within.records).toHaveLength(3)
    const tight = await log.read({ topic, partition: 0, fromOffset, maxBytes: 10 })
    expect(tight.records).toHaveLength(1)
  })

  test('a value that is too large comes without its bytes, with its size, and does not hide its neighbours', async () => {
    const { log } = made()
    const topic = await newTopic(log)
    const large = { topic, key: 'key', headers: { ce_id: 'large' }, value: new Uint8Array(200_001) }
    const limit = { topic, key: 'key', headers: {}, value: new Uint8Array(200_000) }
    const appended = await log.append([record(topic, 'key', 'before'), large, limit, record(topic, 'key', 'after')])
    const batch = await log.read({ topic, partition: 0, fromOffset: appended[0]?.offset ?? -1, maxValueBytes: 200_000 })
    expect(batch.records.map(({ value, sizeBytes }) => [value?.byteLength ?? null, sizeBytes])).toEqual([
      [6, 6],
      [null, 200_001],
      [200_000, 200_000],
      [5, 5],
    ])
    expect(batch.records[1]?.headers).toEqual({ ce_id: 'large' })
  })

  test('an offset outside the range is an error, not a move', async () => {
    const { log } = made()
    const topic = await newTopic(log)
    await log.append([record(topic, 'key', 'only')])
    const [range] = await log.ranges(topic)
    const beyond = log.read({ topic, partition: 0, fromOffset: (range?.endOffset ?? 0) + 1 })
    await expect(beyond).rejects.toBeInstanceOf(LogError)
    const before = log.read({ topic, partition: 0, fromOffset: (range?.firstOffset ?? 0) - 1 })
    await expect(before).rejects.toBeInstanceOf(LogError)
  })

  test('an unknown topic or partition is an error', async () => {
    const { log } = made()
    const topic = await newTopic(log, 2)
    const unknown = `unknown-${randomUUID()}`
    await expect(log.ranges(unknown)).rejects.toBeInstanceOf(LogError)
    await expect(log.read({ topic: unknown, partition: 0, fromOffset: 0 })).rejects.toBeInstanceOf(LogError)
    await expect(log.read({ topic, partition: 2, fromOffset: 0 })).rejects.toBeInstanceOf(LogError)
  })

  test('a log opened again is the same log with the same records', async () => {
    const { log, reopen } = made()
    const topic = await newTopic(log)
    const identity = await log.identity()
    const appended = await log.append(numbered('before', 3).map((text) => record(topic, 'key', text)))
    const again = await reopen()
    expect(identity).not.toBe('')
    expect(await again.identity()).toBe(identity)
    const [next] = await again.append([record(topic, 'key', 'after')])
    expect(next?.offset).toBeGreaterThan(appended[2]?.offset ?? Infinity)
    expect(next?.appendedAtMs).toBeGreaterThanOrEqual(appended[2]?.appendedAtMs ?? Infinity)
    expect((await readAll(again, topic)).map(textOf)).toEqual([...numbered('before', 3), 'after'])
  })
}
