import type { WireMessage } from '@twinreel/contracts/messages'
import { KafkaJSConnectionError, KafkaJSNonRetriableError, KafkaJSNumberOfRetriesExceeded, KafkaJSProtocolError, type Producer } from 'kafkajs'
import { expect, test } from 'vitest'
import { createSending } from './sending.ts'
import { kafkaTransport } from './transport.ts'

const MESSAGE: WireMessage = { key: 'call-1', headers: {}, value: new Uint8Array(1) }
/** What a producer throws whose own tries are over, after some ten seconds. */
const gaveUp = (cause: Error): Error => new KafkaJSNumberOfRetriesExceeded(cause, { retryCount: 5, retryTime: 9_000 })
const isAway = gaveUp(new KafkaJSConnectionError('Connection error: connect ECONNREFUSED', { broker: 'kafka-1:9092', code: 'ECONNREFUSED' }))
const protocol = (type: string): Error => new KafkaJSProtocolError(Object.assign(new Error(type), { type, code: 3, retriable: true }))

/** A producer that refuses so often, and what became of one message through it. */
async function sent(refusals: readonly Error[], { before = 0 } = {}): Promise<{ tries: number; error: unknown }> {
  let [tries, waitedMs] = [0, 0]
  const producer: Pick<Producer, 'send'> = {
    send: async () => {
      const refusal = refusals[tries++ - before]
      if (refusal !== undefined) throw refusal
      return []
    },
  }
  const sending = createSending(kafkaTransport(producer), { now: () => waitedMs, wait: async (ms) => void (waitedMs += ms) }, () => undefined)
  for (let i = 0; i < before; i++) {
    sending.push(MESSAGE)
    await sending.flushed()
  }
  sending.push(MESSAGE)
  const error: unknown = await sending.flushed().catch((reason: unknown) => reason)
  return { tries: tries - before, error }
}

test('a broker that is away for longer than a producer tries by itself is waited for', async () => {
  expect(isAway).toMatchObject({ retriable: false })
  expect(await sent([isAway, isAway, isAway])).toEqual({ tries: 4, error: undefined })
})

test('a topic that nobody knows is waited for only if it was there before: a broker that has just started may not know it yet', async () => {
  const unknown = gaveUp(protocol('UNKNOWN_TOPIC_OR_PARTITION'))
  expect(await sent([unknown])).toEqual({ tries: 1, error: unknown })
  expect(await sent([unknown], { before: 1 })).toEqual({ tries: 2, error: undefined })
})

test.each([
  ['a producer that was disconnected', new KafkaJSNonRetriableError('The producer is disconnected')],
  ['a fault of the program', new TypeError('messages is no array')],
])('%s ends it at once', async (_, error) => {
  expect(await sent([error])).toEqual({ tries: 1, error })
})
