import { expect, test } from 'vitest'
import { LogError } from '../port.ts'
import { eachTestWithLog, keyOfPartition, type MakeLog, newTopic, numbered, readAll, record, textOf } from './fixture.ts'

/** Later than any append time, yet an instant every engine can express. */
const FAR_FUTURE_MS = Date.UTC(2200, 0, 1)

export function trimContract(makeLog: MakeLog): void {
  const made = eachTestWithLog(makeLog)

  test('forgets what lies below an offset and nothing else', async () => {
    const { log } = made()
    const topic = await newTopic(log, 2)
    const [here, elsewhere] = [keyOfPartition(0, 2), keyOfPartition(1, 2)]
    await log.append(numbered('elsewhere', 3).map((text) => record(topic, elsewhere, text)))
    const appended = await log.append(numbered('message', 6).map((text) => record(topic, here, text)))
    const beforeOffset = appended[4]?.offset ?? -1
    expect(await log.trim({ topic, partition: 0, beforeOffset, olderThanMs: FAR_FUTURE_MS })).toBe(4)
    expect((await readAll(log, topic, 0)).map(textOf)).toEqual(['message-4', 'message-5'])
    expect((await readAll(log, topic, 1)).map(textOf)).toEqual(numbered('elsewhere', 3))
    const [range] = await log.ranges(topic)
    expect(range?.firstOffset).toBeLessThanOrEqual(beforeOffset)
    expect(range?.firstOffset).toBeGreaterThan(appended[3]?.offset ?? Infinity)
    const below = log.read({ topic, partition: 0, fromOffset: appended[3]?.offset ?? -1 })
    await expect(below).rejects.toBeInstanceOf(LogError)
  })

  test('keeps what is young', async () => {
    const { log } = made()
    const topic = await newTopic(log)
    const [appended] = await log.append([record(topic, 'key', 'young')])
    const trimmed = await log.trim({ topic, partition: 0, beforeOffset: (appended?.offset ?? 0) + 1, olderThanMs: appended?.appendedAtMs ?? 0 })
    expect(trimmed).toBe(0)
    expect((await readAll(log, topic)).map(textOf)).toEqual(['young'])
  })

  test('a partition trimmed to nothing ends where it ended, and never gives an offset again', async () => {
    const { log, reopen } = made()
    const topic = await newTopic(log)
    await log.append(numbered('message', 5).map((text) => record(topic, 'key', text)))
    const [full] = await log.ranges(topic)
    const endOffset = full?.endOffset ?? -1
    expect(await log.trim({ topic, partition: 0, beforeOffset: endOffset, olderThanMs: FAR_FUTURE_MS })).toBe(5)
    expect(await log.ranges(topic)).toEqual([{ topic, partition: 0, firstOffset: endOffset, endOffset }])
    const again = await reopen()
    expect(await again.ranges(topic)).toEqual([{ topic, partition: 0, firstOffset: endOffset, endOffset }])
    const [next] = await again.append([record(topic, 'key', 'next')])
    expect(next?.offset).toBeGreaterThanOrEqual(endOffset)
    expect((await readAll(again, topic)).map(textOf)).toEqual(['next'])
  })

  test('trimming twice trims nothing more', async () => {
    const { log } = made()
    const topic = await newTopic(log)
    const appended = await log.append(numbered('message', 3).map((text) => record(topic, 'key', text)))
    const what = { topic, partition: 0, beforeOffset: appended[1]?.offset ?? -1, olderThanMs: FAR_FUTURE_MS }
    expect(await log.trim(what)).toBe(1)
    expect(await log.trim(what)).toBe(0)
  })
}
