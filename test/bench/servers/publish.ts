import type { WireMessage } from '@twinreel/contracts/messages'
import { TOPICS } from '@twinreel/contracts/topics'
import type { Servers } from '@twinreel/twinreel/place'
import { Kafka, logLevel, Partitioners, type Message, type Producer } from 'kafkajs'
import { ending, mediaSecond, opening } from '../call-messages.ts'

export interface Calls {
  calls: number
  atOnce: number
  seconds: number
}

/** A request has one batch for each partition, and a batch may not have more than a megabyte: with these, spread over the partitions, it stays well below. */
const MESSAGES_AT_ONCE = 192

/** `calls` dual-stream calls of `seconds`, `atOnce` of them at a time, these in phase: all calls' first second, then all calls' second, … */
export async function publishCalls(place: Servers, options: Calls): Promise<void> {
  const { calls, atOnce, seconds } = options
  const producer = await connectProducer(place)
  let waiting: WireMessage[] = []
  const add = async (messages: readonly WireMessage[]) => {
    waiting.push(...messages)
    if (waiting.length < MESSAGES_AT_ONCE) return
    await send(place, producer, waiting)
    waiting = []
  }
  for (let first = 0; first < calls; first += atOnce) {
    const ids = Array.from({ length: Math.min(atOnce, calls - first) }, (_, i) => `call-${first + i}`)
    for (const callId of ids) await add(opening(callId))
    for (let second = 0; second < seconds; second++) {
      for (const callId of ids) await add([mediaSecond(callId, second)])
    }
    for (const callId of ids) await add([ending(callId, seconds)])
  }
  await send(place, producer, waiting)
  await producer.disconnect()
}

/** kafkajs as a platform would use it: durable on every replica, one request under way, so that the messages of a call stay in order. */
export async function connectProducer({ kafka }: Servers): Promise<Producer> {
  const client = new Kafka({ brokers: [...kafka.brokers], clientId: 'bench-platform', logLevel: logLevel.ERROR })
  const producer = client.producer({ createPartitioner: Partitioners.DefaultPartitioner, allowAutoTopicCreation: false, maxInFlightRequests: 1 })
  await producer.connect()
  return producer
}

/** Sends in order. Answers the broker's append time, milliseconds UTC, of the last message. */
export async function send({ kafka }: Servers, producer: Producer, messages: readonly WireMessage[]): Promise<number> {
  let appendedAtMs = 0
  for (let from = 0; from < messages.length; from += MESSAGES_AT_ONCE) {
    const some = messages.slice(from, from + MESSAGES_AT_ONCE).map(toKafka)
    const answers = await producer.send({ topic: kafka.topicPrefix + TOPICS.calls, acks: -1, messages: some })
    appendedAtMs = Math.max(...answers.map(({ logAppendTime }) => Number(logAppendTime)))
  }
  return appendedAtMs
}

function toKafka({ key, headers, value }: WireMessage): Message {
  return { key, headers, value: Buffer.from(value.buffer, value.byteOffset, value.byteLength) }
}
