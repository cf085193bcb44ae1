import { expect, test } from 'vitest'
import { brokerWith } from '../../test/kafka-model.ts'
import { gate, keyOfPartition, record } from '../contract/fixture.ts'
import { createAppender } from './append.ts'
import { createProducer } from './produce.ts'
import type { Link } from './link.ts'
import type { PartitionBatch } from './sending.ts'

const PATIENT_MS = 10_000
const NOT_LEADER = 6
const NOT_ENOUGH_REPLICAS = 19
const NOT_ENOUGH_REPLICAS_AFTER_APPEND = 20
const UNKNOWN = -1

function batch(partition: number, text: string): PartitionBatch {
  const until = performance.now() + PATIENT_MS
  const messages = [{ key: 'call', headers: {}, value: Buffer.from(text) }]
  return { topic: 'topic', partition, untilMs: () => until, take: () => ({ messages, sizeBytes: 100 }), troubled: () => undefined }
}

test('what the partitions have to send at a time goes in one request to each leader', async () => {
  const model = brokerWith({ partitions: 12, leaders: 3 })
  const producer = createProducer(model.link, PATIENT_MS)
  const partitions = Array.from({ length: 12 }, (_, partition) => partition)
  for (const round of [1, 2, 3]) {
    const outcomes = await Promise.all(partitions.map((partition) => producer.send(batch(partition, `${partition}`))))
    expect(outcomes.every(({ ok }) => ok)).toBe(true)
    expect(model.requests()).toBe(round * 3)
  }
})

test('what comes while a leader has a request goes together with the next one', async () => {
  const model = brokerWith({ partitions: 6, leaders: 1 })
  const producer = createProducer(model.link, PATIENT_MS)
  const first = producer.send(batch(0, 'first'))
  model.whenAsked(() => [1, 2, 3, 4, 5].map((partition) => void producer.send(batch(partition, 'next'))))
  await first
  await producer.send(batch(0, 'last'))
  expect(model.requests()).toBeLessThanOrEqual(3)
  expect(model.texts(0)).toEqual(['first', 'last'])
})

test('a batch that was written although the leader said otherwise is found again, once, and nothing after it is taken for it', async () => {
  for (const code of [NOT_LEADER, NOT_ENOUGH_REPLICAS_AFTER_APPEND]) {
    const model = brokerWith({ partitions: 2, leaders: 1 })
    const producer = createProducer(model.link, PATIENT_MS)
    await producer.send(batch(0, 'before'))
    model.answer(0, { code, isWritten: true })
    const [concerned, beside] = await Promise.all([producer.send(batch(0, 'concerned')), producer.send(batch(1, 'beside'))])
    expect(concerned).toMatchObject({ ok: true, baseOffset: 1 })
    expect(beside).toMatchObject({ ok: true, baseOffset: 0 })
    expect(await producer.send(batch(0, 'after'))).toMatchObject({ ok: true, baseOffset: 2 })
    expect(model.texts(0)).toEqual(['before', 'concerned', 'after'])
    expect(model.texts(1)).toEqual(['beside'])
  }
})

test('after a failure that left it open whether the batch was written, the next one lands', async () => {
  const model = brokerWith({ partitions: 1, leaders: 1 })
  const producer = createProducer(model.link, PATIENT_MS)
  await producer.send(batch(0, 'before'))
  model.answer(0, { code: UNKNOWN, isWritten: true })
  expect(await producer.send(batch(0, 'told as failed'))).toMatchObject({ ok: false, isDoubtful: true })
  expect(await producer.send(batch(0, 'after'))).toMatchObject({ ok: true, baseOffset: 2 })
  expect(model.texts(0)).toEqual(['before', 'told as failed', 'after'])
})

test('a broker that takes what is new for a repeat is not believed', async () => {
  const model = brokerWith({ partitions: 1, leaders: 1 })
  const producer = createProducer(model.link, PATIENT_MS)
  await producer.send(batch(0, 'before'))
  for (const baseOffset of [0, -1]) {
    model.answer(0, { code: 0, isWritten: false, baseOffset })
    expect(await producer.send(batch(0, 'new'))).toMatchObject({ ok: true })
    await producer.send(batch(0, 'more'))
  }
  expect(model.texts(0)).toEqual(['before', 'new', 'more', 'new', 'more'])
})

test('a partition that takes nothing holds up no other, and of a call for both, what landed is told', async () => {
  const model = brokerWith({ partitions: 2, leaders: 1 })
  model.answer(0, { code: NOT_ENOUGH_REPLICAS, isWritten: false, isForGood: true })
  const { append } = createAppender(model.link, { prefix: '', sendDeadlineMs: 400, requestTimeoutMs: PATIENT_MS })
  const refusing = record('topic', keyOfPartition(0, 2), 'refused')
  const taking = record('topic', keyOfPartition(1, 2), 'taken')
  const ended: string[] = []
  const refused = append([refusing]).catch((error: unknown) => ended.push(String(error)))
  for (let n = 0; n < 3; n++) await append([taking])
  expect(ended).toEqual([])
  await expect(append([refusing, taking])).rejects.toMatchObject({
    retriable: true,
    message: expect.stringMatching(/NOT_ENOUGH_REPLICAS.*1 of 2 records landed/),
  })
  await refused
  expect(ended).toEqual([expect.stringContaining('NOT_ENOUGH_REPLICAS')])
  expect([model.texts(0), model.texts(1)]).toEqual([[], ['taken', 'taken', 'taken', 'taken']])
})

test('calls behind one whose time is up have their own time', async () => {
  const model = brokerWith({ partitions: 1, leaders: 1 })
  model.answer(0, { code: NOT_ENOUGH_REPLICAS, isWritten: false, isForGood: true })
  const { append } = createAppender(model.link, { prefix: '', sendDeadlineMs: 400, requestTimeoutMs: PATIENT_MS })
  const first = append([record('topic', 'call', 'first')])
  const { promise: isTried, resolve } = Promise.withResolvers<void>()
  model.whenAsked(resolve)
  await isTried
  const second = append([record('topic', 'call', 'second')])
  await expect(first).rejects.toMatchObject({ retriable: true })
  // As if its time had begun with the first one's end, it would still wait when this one's is up.
  const third = append([record('topic', 'call', 'third')])
  await expect(Promise.race([second, third.catch(() => 'the third one')])).rejects.toMatchObject({ retriable: true })
  await third.catch(() => undefined)
})

test('what was given up while there was no connection is not sent when there is one', async () => {
  const model = brokerWith({ partitions: 1, leaders: 1 })
  let connection = Promise.resolve()
  const run: Link['run'] = async (work) => {
    await connection
    return await model.link.run(work)
  }
  const { append } = createAppender({ ...model.link, run }, { prefix: '', sendDeadlineMs: 200, requestTimeoutMs: PATIENT_MS })
  await append([record('topic', 'call', 'before')])
  const connected = gate()
  connection = connected.opened
  await expect(append([record('topic', 'call', 'given up')])).rejects.toMatchObject({ retriable: true })
  connected.open()
  for (const text of ['after', 'once more']) await append([record('topic', 'call', text)])
  expect(model.texts(0)).toEqual(['before', 'after', 'once more'])
})
