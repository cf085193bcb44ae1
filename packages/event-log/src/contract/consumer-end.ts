import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { LogError } from '../port.ts'
import { collect, eachTestWithLog, gate, type MakeLog, newTopic, record, until } from './fixture.ts'

export function consumerEndContract(makeLog: MakeLog): void {
  const made = eachTestWithLog(makeLog)

  test('stop waits for the batch under way, revokes every partition, and nothing comes after it', async () => {
    const { log } = made()
    const topic = await newTopic(log, 2)
    const [entered, leave] = [gate(), gate()]
    const seen = await collect(log, {
      topic,
      onBatch: async () => {
        entered.open()
        await leave.opened
      },
    })
    await until(() => expect(seen.assigned).toHaveLength(2))
    await log.append([record(topic, 'key', 'under way')])
    await entered.opened
    let stopped = false
    const stopping = seen.consumer.stop().then(() => (stopped = true))
    await log.append([record(topic, 'key', 'too late')])
    expect(stopped).toBe(false)
    leave.open()
    await stopping
    await seen.consumer.done
    expect(seen.texts()).toEqual(['under way'])
    expect(seen.revoked.toSorted((a, b) => a - b)).toEqual([0, 1])
  })

  test('stopping twice, or closing the log, ends a consumer once', async () => {
    const { log, reopen } = made()
    const topic = await newTopic(log)
    const seen = await collect(log, { topic })
    await until(() => expect(seen.assigned).toHaveLength(1))
    await Promise.all([seen.consumer.stop(), seen.consumer.stop()])
    expect(seen.revoked).toEqual([0])
    const other = await collect(log, { topic })
    await until(() => expect(other.assigned).toHaveLength(1))
    const again = await reopen()
    if (again !== log) await other.consumer.done
    await other.consumer.stop()
    expect(other.revoked).toEqual([0])
  })

  test('a handler that fails ends the consumer with its own error, and the record comes again to the next one', async () => {
    const { log } = made()
    const topic = await newTopic(log)
    const failure = new Error('the handler gave up')
    const groupId = `group-of-${topic}`
    const seen = await collect(log, { topic, groupId, onBatch: () => Promise.reject(failure) })
    const ended = seen.consumer.done.catch((error: unknown) => error)
    await log.append([record(topic, 'key', 'unhandled')])
    expect(await ended).toBe(failure)
    await seen.consumer.stop()
    const next = await collect(log, { topic, groupId })
    await until(() => expect(next.texts()).toEqual(['unhandled']))
    await next.consumer.stop()
  })

  test('an assignment that fails ends the consumer', async () => {
    const { log } = made()
    const topic = await newTopic(log)
    const failure = new Error('no checkpoint to be had')
    const seen = await collect(log, {
      topic,
      from: () => {
        throw failure
      },
    })
    await expect(seen.consumer.done).rejects.toBe(failure)
    expect(seen.batches).toEqual([])
  })

  test.each([
    ['before the start', (range: { firstOffset: number }) => range.firstOffset - 1],
    ['beyond the end', (range: { endOffset: number }) => range.endOffset + 1],
    ['that is no number', () => Number.NaN],
  ])('an offset %s ends the consumer, it is never silently moved', async (_, from) => {
    const { log } = made()
    const topic = await newTopic(log)
    await log.append([record(topic, 'key', 'only')])
    const seen = await collect(log, { topic, from })
    await expect(seen.consumer.done).rejects.toBeInstanceOf(LogError)
    expect(seen.batches).toEqual([])
  })

  test('an unknown topic is an error', async () => {
    const { log } = made()
    await expect(collect(log, { topic: `unknown-${randomUUID()}` })).rejects.toBeInstanceOf(LogError)
  })
}
