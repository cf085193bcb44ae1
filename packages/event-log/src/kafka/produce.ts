import { setTimeout as delay } from 'node:timers/promises'
import { isConnectionTrouble, isPassing, protocolError } from './failure.ts'
import { type Link, pauseMs } from './link.ts'
import { partitionsOf } from './partitions.ts'
import type { Cluster, ProducedMessage, ProducedPartition } from './protocol.ts'
import { timely } from './timely.ts'

/** One batch of one partition; a round has at most one for each. */
export interface PartitionBatch {
  topic: string
  partition: number
  messages: readonly ProducedMessage[]
}

export type Outcome = { ok: true; baseOffset: number; appendedAtMs: number } | { ok: false; error: unknown; isDoubtful: boolean }

export interface Producer {
  /** Resolves with an outcome for each batch, in order, at about `untilMs` (of `performance.now`) at the latest. To be called again only then. */
  send(batches: readonly PartitionBatch[], untilMs: number): Promise<Outcome[]>
}

/** A batch on its way. */
interface Sending {
  readonly batch: PartitionBatch
  readonly key: string
  outcome: Outcome | null
  /** It may have landed although no answer said so. */
  isDoubtful: boolean
  /** Its request failed together with others': it goes alone, so that its own error is heard. */
  isAlone: boolean
}

const ALL_IN_SYNC = -1
const LARGEST_SEQUENCE = 0x7fffffff
/** The broker does not know the producer or its sequence any more. */
const ID_LOST = new Set([
  'OUT_OF_ORDER_SEQUENCE_NUMBER',
  'UNKNOWN_PRODUCER_ID',
  'INVALID_PRODUCER_EPOCH',
  'INVALID_PRODUCER_ID_MAPPING',
  'DUPLICATE_SEQUENCE_NUMBER',
])
/** The leader may have written the records although it says so. */
const DOUBTFUL = new Set(['REQUEST_TIMED_OUT', 'NOT_ENOUGH_REPLICAS_AFTER_APPEND', 'UNKNOWN'])

/**
 * An idempotent producer, acknowledged by all in-sync replicas, one request per partition in flight. kafkajs's own is not used: after a
 * failure it gives sequence numbers a second time to other records, which the broker then takes for repeats and drops, its retries
 * can reorder concurrent sends, and they go on when nobody waits any more.
 */
export function createProducer(link: Link, requestTimeoutMs: number): Producer {
  let id: { producerId: string; producerEpoch: number } | null = null
  const sequences = new Map<string, number>()

  function forgetId(): void {
    id = null
    sequences.clear()
  }

  async function produce(cluster: Cluster, sendings: readonly Sending[], nodeId: number, untilMs: number): Promise<void> {
    const broker = await cluster.findBroker({ nodeId })
    id ??= await broker.initProducerId({ transactionTimeout: requestTimeoutMs })
    const topics = Map.groupBy(sendings, ({ batch }) => batch.topic)
    const topicData = [...topics].map(([topic, of]) => ({
      topic,
      partitions: of.map(({ batch, key }) => ({ partition: batch.partition, firstSequence: sequences.get(key) ?? 0, messages: batch.messages })),
    }))
    const request = broker.produce({ ...id, acks: ALL_IN_SYNC, timeout: requestTimeoutMs, topicData })
    const response = await timely(untilMs - performance.now(), request)
    const answers = new Map<string, ProducedPartition>(
      response.topics.flatMap(({ topicName, partitions }) => partitions.map((answer) => [`${topicName}/${answer.partition}`, answer] as const)),
    )
    for (const sending of sendings) landed(sending, answers.get(sending.key))
  }

  function landed(sending: Sending, answer: ProducedPartition | undefined): void {
    if (answer === undefined) return
    sequences.set(sending.key, (sequences.get(sending.key) ?? 0) + sending.batch.messages.length)
    sending.outcome = { ok: true, baseOffset: Number(answer.baseOffset), appendedAtMs: Number(answer.logAppendTime) }
  }

  function failed(sendings: readonly Sending[], error: unknown): void {
    const type = protocolError(error)
    const isDoubtful = type === null ? isConnectionTrouble(error) : DOUBTFUL.has(type)
    for (const sending of sendings) sending.isDoubtful ||= isDoubtful
    if (type !== null && sendings.length > 1) {
      // Some of them may have landed: asked again alone, the broker knows them by their sequence.
      for (const sending of sendings) sending.isAlone = sending.isDoubtful = true
      return
    }
    const [sending] = sendings
    if (sending === undefined) return
    if (type !== null && ID_LOST.has(type)) {
      forgetId()
      if (sending.isDoubtful) sending.outcome = { ok: false, error, isDoubtful: true }
    } else if (!isPassing(error)) sending.outcome = { ok: false, error, isDoubtful: false }
  }

  /** One request to each leader, and one for each batch that goes alone. Answers the last error. */
  async function attempt(sendings: readonly Sending[], untilMs: number): Promise<unknown> {
    let lastError: unknown = null
    await link
      .run(async (cluster) => {
        // The first request makes the producer's id for all.
        const requests = await requestsOf(cluster, sendings)
        const first = await cluster.brokerPool.findConnectedBroker()
        id ??= await timely(untilMs - performance.now(), first.initProducerId({ transactionTimeout: requestTimeoutMs }))
        const results = await Promise.allSettled(requests.map(({ nodeId, of }) => produce(cluster, of, nodeId, untilMs)))
        for (const [index, result] of results.entries()) {
          if (result.status === 'fulfilled') continue
          lastError = result.reason
          failed(requests[index]?.of ?? [], result.reason)
        }
        // Whoever shares the connection needs a new one too.
        if (lastError instanceof Error && isConnectionTrouble(lastError)) throw lastError
      })
      .catch((error: unknown) => {
        lastError ??= error
        if (lastError === error && !isPassing(error)) for (const sending of sendings) sending.outcome ??= { ok: false, error, isDoubtful: sending.isDoubtful }
      })
    return lastError
  }

  return {
    async send(batches, untilMs) {
      const sendings = batches.map((batch): Sending => ({ batch, key: `${batch.topic}/${batch.partition}`, outcome: null, isDoubtful: false, isAlone: false }))
      if (sendings.some(({ key, batch }) => (sequences.get(key) ?? 0) + batch.messages.length > LARGEST_SEQUENCE)) forgetId()
      for (let failures = 0; ; failures++) {
        const open = sendings.filter(({ outcome }) => outcome === null)
        if (open.length === 0) break
        const error: unknown = await timely(untilMs - performance.now(), attempt(open, untilMs)).catch((late: unknown) => late)
        if (open.every(({ outcome }) => outcome !== null)) continue
        const waitMs = error === null || open.some(({ isAlone }) => isAlone && failures === 0) ? 0 : pauseMs(failures)
        if (performance.now() + waitMs >= untilMs) {
          for (const sending of open) sending.outcome ??= { ok: false, error, isDoubtful: sending.isDoubtful }
          break
        }
        await delay(waitMs)
        if (protocolError(error) !== null) await link.run((cluster) => cluster.refreshMetadata()).catch(() => undefined)
      }
      // Its sequence numbers are spent or not, nobody knows: they are never used for other records.
      if (sendings.some(({ outcome }) => outcome?.ok === false && outcome.isDoubtful)) forgetId()
      return sendings.map(({ outcome }) => outcome ?? { ok: false, error: null, isDoubtful: true })
    },
  }
}

async function requestsOf(cluster: Cluster, sendings: readonly Sending[]): Promise<{ nodeId: number; of: Sending[] }[]> {
  const leaders = new Map<string, number>()
  for (const topic of new Set(sendings.map(({ batch }) => batch.topic))) {
    for (const { partitionId, leader } of await partitionsOf(cluster, topic)) leaders.set(`${topic}/${partitionId}`, leader)
  }
  const together = Map.groupBy(
    sendings.filter(({ isAlone }) => !isAlone),
    ({ key }) => leaders.get(key) ?? -1,
  )
  const alone = sendings.filter(({ isAlone }) => isAlone).map((sending) => ({ nodeId: leaders.get(sending.key) ?? -1, of: [sending] }))
  return [...[...together].map(([nodeId, of]) => ({ nodeId, of })), ...alone]
}
