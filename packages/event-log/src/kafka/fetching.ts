import { setTimeout as delay } from 'node:timers/promises'
import { isPassing, protocolError, toLogError } from './failure.ts'
import type { Lane } from './lane.ts'
import { type Link, pauseMs } from './link.ts'
import { rangesOf } from './offsets.ts'
import { byLeader } from './partitions.ts'
import { type Cluster, READ_COMMITTED } from './protocol.ts'
import { outOfRange } from './read.ts'
import { recordsOf } from './records.ts'
import type { KafkaLog } from './settings.ts'

export interface FetchOptions {
  link: Link
  log: KafkaLog
  topic: string
  physicalTopic: string
  maxBatchBytes: number
  maxValueBytes: number
  lanes(): Iterable<Lane>
  failed(error: unknown): void
}

export interface Fetching {
  /** A lane wants something it did not want before. */
  wake(): void
  stop(): void
}

/** A request that has every lane in it may wait this long at the broker for something to come. */
const LONG_WAIT_MS = 500
/** One that leaves some out must be back soon: they may want to be in the next. */
const SHORT_WAIT_MS = 50
/** A topic that is unknown for this long is gone. */
const UNKNOWN_TOPIC_MS = 60_000
const TELL_AFTER_FAILURES = 3

/**
 * Fetches for all lanes, with one request under way to each broker that leads one of them. A lane has at most one fetch waiting beside
 * the one its handler works on, each of half of `maxBatchBytes`; a slow lane is left out and holds nobody up.
 */
export function startFetching(options: FetchOptions): Fetching {
  const { link, log, topic, physicalTopic, maxBatchBytes, maxValueBytes } = options
  const underWay = new Set<number>()
  let isStopped = false
  let failures = 0
  let unknownSinceMs: number | null = null
  let wake = (): void => undefined

  async function run(): Promise<void> {
    while (!isStopped) {
      const woken = new Promise<void>((resolve) => (wake = resolve))
      try {
        await link.run(startFetches)
      } catch (error) {
        await troubled(error)
        continue
      }
      await woken
    }
  }

  async function startFetches(cluster: Cluster): Promise<void> {
    const open = [...options.lanes()].filter((lane) => lane.isOpen())
    if (open.every((lane) => lane.wants() === null)) return
    const leaders = await byLeader(
      cluster,
      physicalTopic,
      open.map(({ partition }) => partition),
    )
    for (const [nodeId, partitions] of leaders) {
      if (underWay.has(nodeId)) continue
      const led = open.filter(({ partition }) => partitions.includes(partition))
      const wanting = led.filter((lane) => lane.wants() !== null)
      if (wanting.length === 0) continue
      underWay.add(nodeId)
      link
        .run((current) => fetch(current, nodeId, wanting, wanting.length === led.length ? LONG_WAIT_MS : SHORT_WAIT_MS))
        .then(fetched, troubled)
        .finally(() => {
          underWay.delete(nodeId)
          wake()
        })
        .catch(options.failed)
    }
  }

  async function fetch(cluster: Cluster, nodeId: number, lanes: readonly Lane[], maxWaitTime: number): Promise<void> {
    const broker = await cluster.findBroker({ nodeId })
    const asked = new Map<number, { lane: Lane; fromOffset: number }>()
    for (const lane of lanes) {
      const fromOffset = lane.wants()
      if (fromOffset !== null) asked.set(lane.partition, { lane, fromOffset })
    }
    if (asked.size === 0) return
    const maxBytes = Math.max(1, Math.floor(maxBatchBytes / 2))
    const partitions = [...asked].map(([partition, { fromOffset }]) => ({ partition, fetchOffset: String(fromOffset), maxBytes }))
    try {
      // The values are views of the response: one that is kept waiting keeps all of it, so the whole is bounded too.
      const request = { isolationLevel: READ_COMMITTED, maxWaitTime, minBytes: 1, maxBytes: maxBatchBytes, topics: [{ topic: physicalTopic, partitions }] }
      const { responses } = await broker.fetch(request)
      for (const answer of responses.flatMap((response) => response.partitions)) {
        const { lane, fromOffset } = asked.get(answer.partition) ?? {}
        // What was asked for before the lane was closed, or a successor opened, is nobody's any more.
        if (lane === undefined || lane.wants() !== fromOffset || fromOffset === undefined) continue
        lane.take(recordsOf(answer, { topic, fromOffset, maxValueBytes }))
      }
    } catch (error) {
      if (protocolError(error) === 'OFFSET_OUT_OF_RANGE') await checkRanges(cluster, asked)
      throw error
    }
  }

  /** A leader that is new to its task may be behind for a moment; an offset that is gone is gone for good. */
  async function checkRanges(cluster: Cluster, asked: ReadonlyMap<number, { fromOffset: number }>): Promise<void> {
    for (const range of await rangesOf(cluster, physicalTopic, topic, [...asked.keys()])) {
      const fromOffset = asked.get(range.partition)?.fromOffset ?? range.firstOffset
      if (fromOffset < range.firstOffset || fromOffset > range.endOffset) throw outOfRange({ physicalTopic, partition: range.partition, fromOffset }, range)
    }
  }

  function fetched(): void {
    if (failures > TELL_AFTER_FAILURES) log('info', 'fetching again', { topic: physicalTopic })
    failures = 0
    unknownSinceMs = null
  }

  /** Waits before the next try, or ends the consumer. */
  async function troubled(trouble: unknown): Promise<void> {
    if (isStopped) return
    const type = protocolError(trouble)
    if (type !== 'UNKNOWN_TOPIC_OR_PARTITION') unknownSinceMs = null
    else unknownSinceMs ??= performance.now()
    const isGone = unknownSinceMs !== null && performance.now() - unknownSinceMs > UNKNOWN_TOPIC_MS
    if (isGone || !(isPassing(trouble) || type === 'OFFSET_OUT_OF_RANGE')) throw toLogError(trouble, `fetching ${physicalTopic}`)
    if (failures++ === TELL_AFTER_FAILURES)
      log('warn', 'nothing can be fetched; trying on', { topic: physicalTopic, reason: toLogError(trouble, 'fetch').message })
    await delay(pauseMs(failures))
    if (type !== null) await link.run((cluster) => cluster.refreshMetadata()).catch(() => undefined)
  }

  run().catch((error: unknown) => {
    if (!isStopped) options.failed(error)
  })
  return {
    wake: () => wake(),
    stop() {
      isStopped = true
      wake()
    },
  }
}
