import { LogError } from '../port.ts'
import { isConnectionTrouble, protocolError } from './failure.ts'
import type { Link } from './link.ts'
import { partitionsOf } from './partitions.ts'
import { produceAt } from './produced.ts'
import { createProducerIds } from './producer-id.ts'
import type { Broker, Cluster } from './protocol.ts'
import { createFates, isOver, type Outcome, type PartitionBatch, type Sending, untilMs } from './sending.ts'
import { timely } from './timely.ts'

export interface Producer {
  /** Resolves with what became of the batch; what was not handed over yet is given up some time after its `untilMs`. */
  send(batch: PartitionBatch): Promise<Outcome>
}

const ALL_IN_SYNC = -1
/** About what a request takes; a partition's batch goes whole. */
const REQUEST_BYTES = 8 * 1024 * 1024
const REQUEST_MESSAGES = 2_000

/**
 * An idempotent producer, acknowledged by all in-sync replicas. A leader has one request at a time, with what all of its partitions have
 * to send then (it would not look at a second one before anyway); a batch that waits for its next try holds up nobody. kafkajs's own is
 * not used: after a failure it gives sequence numbers a second time to other records, which the broker then takes for repeats and drops,
 * its retries can reorder concurrent sends, and they go on when nobody waits any more.
 */
export function createProducer(link: Link, requestTimeoutMs: number): Producer {
  const ids = createProducerIds(requestTimeoutMs)
  const fates = createFates(ids, route)
  /** What waits for its leader, while it has a request. */
  const queues = new Map<number, Sending[]>()
  let ready: Sending[] = []
  let isRouting = false
  /** A partition may have another leader than is known. */
  let isStale = false

  function route(sending: Sending): void {
    ready.push(sending)
    if (isRouting) return
    isRouting = true
    void routeAll()
  }

  async function routeAll(): Promise<void> {
    // What is sent in one turn goes together.
    await Promise.resolve()
    while (ready.length > 0) {
      const open = wanted(ready.splice(0))
      if (open.length === 0) continue
      try {
        const leaders = await link.run((cluster) => inTime(open, leadersOf(cluster, open)))
        for (const sending of open) queue(sending, leaders.get(sending.key) ?? -1)
      } catch (error) {
        for (const sending of open) failed(sending, error)
      }
    }
    isRouting = false
  }

  async function leadersOf(cluster: Cluster, sendings: readonly Sending[]): Promise<Map<string, number | Error>> {
    if (isStale) {
      isStale = false
      await cluster.refreshMetadata().catch(unlessAnswer)
    }
    const leaders = new Map<string, number | Error>()
    for (const [topic, of] of Map.groupBy(sendings, ({ batch }) => batch.topic)) {
      try {
        for (const { partitionId, leader } of await partitionsOf(cluster, topic)) leaders.set(`${topic}/${partitionId}`, leader)
      } catch (error) {
        unlessAnswer(error)
        // The other topics are not concerned.
        for (const { key } of of) leaders.set(key, error instanceof Error ? error : new Error(String(error)))
      }
    }
    return leaders
  }

  function queue(sending: Sending, leader: number | Error): void {
    if (leader instanceof Error) {
      failed(sending, leader)
      return
    }
    if (leader < 0) {
      isStale = true
      failed(sending, new LogError(`append to ${sending.key}: the partition has no leader`, { retriable: true }))
      return
    }
    const waiting = queues.get(leader)
    if (waiting !== undefined) waiting.push(sending)
    else {
      const mine = [sending]
      queues.set(leader, mine)
      void serve(leader, mine)
    }
  }

  async function serve(nodeId: number, waiting: Sending[]): Promise<void> {
    // What was routed together goes together.
    await Promise.resolve()
    while (waiting.length > 0) {
      await link
        .run(async (cluster) => {
          waiting.splice(0, waiting.length, ...wanted(waiting))
          if (waiting.length > 0) await serveOnce(cluster, nodeId, waiting)
        })
        .catch((error: unknown) => {
          for (const sending of waiting.splice(0)) failed(sending, error)
        })
    }
    queues.delete(nodeId)
  }

  /** Takes what fits into a request and makes it; what is tried again under an id of before has one of its own. */
  async function serveOnce(cluster: Cluster, nodeId: number, waiting: Sending[]): Promise<void> {
    const broker = await inTime(waiting, cluster.findBroker({ nodeId }))
    const current = await inTime(waiting, ids.current(broker))
    const taken: Sending[] = []
    for (let sizeBytes = 0, messages = 0; sizeBytes < REQUEST_BYTES && messages < REQUEST_MESSAGES;) {
      const sending = waiting.shift()
      if (sending === undefined) break
      if (fates.hand(sending, current)) taken.push(sending)
      else fates.late(sending)
      sizeBytes += sending.content?.sizeBytes ?? 0
      messages += sending.content?.messages.length ?? 0
    }
    const requests = [...Map.groupBy(taken, ({ name }) => name?.id ?? current).values()].map((of) => request(broker, of))
    for (const result of await Promise.allSettled(requests)) if (result.status === 'rejected') throw result.reason
  }

  /** Throws when the connection is broken: whoever shares it needs a new one too. */
  async function request(broker: Broker, sendings: readonly Sending[]): Promise<void> {
    const id = sendings[0]?.name?.id
    if (id === undefined) return
    const { producerId, producerEpoch } = id
    const topicData = [...Map.groupBy(sendings, ({ batch }) => batch.topic)].map(([topic, of]) => ({
      topic,
      partitions: of.map(({ batch, name, content }) => ({
        partition: batch.partition,
        firstSequence: name?.firstSequence ?? 0,
        messages: content?.messages ?? [],
      })),
    }))
    try {
      const answers = await inTime(sendings, produceAt(broker, { producerId, producerEpoch, acks: ALL_IN_SYNC, timeout: requestTimeoutMs, topicData }))
      for (const sending of sendings) {
        const answer = answers.get(sending.key) ?? { error: new Error('the broker has not answered for the partition') }
        if ('baseOffset' in answer) fates.landed(sending, answer)
        else failed(sending, answer.error)
      }
    } catch (error) {
      for (const sending of sendings) failed(sending, error)
      if (isConnectionTrouble(error)) throw error
    }
  }

  function failed(sending: Sending, error: unknown): void {
    isStale ||= protocolError(error) !== null
    fates.failed(sending, error)
  }

  function wanted(sendings: readonly Sending[]): Sending[] {
    return sendings.filter((sending) => {
      if (!isOver(sending)) return true
      fates.late(sending)
      return false
    })
  }

  return {
    send: (batch) =>
      new Promise((resolve) => {
        const key = `${batch.topic}/${batch.partition}`
        route({ batch, key, content: null, name: null, isUnsure: false, failures: 0, error: null, resolve })
      }),
  }
}

/** What has not come when it is too late for all of them will not come: the way to the broker counts as broken. */
async function inTime<T>(sendings: readonly Sending[], promise: Promise<T>): Promise<T> {
  return await timely(Math.max(...sendings.map(untilMs)) - performance.now(), promise)
}

/** Passes over what the brokers have said, not that they were out of reach. */
function unlessAnswer(error: unknown): void {
  if (isConnectionTrouble(error)) throw error
}
