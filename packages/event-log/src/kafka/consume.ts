import type { ConsumeOptions, Consumer } from '../port.ts'
import { isPassing, toLogError } from './failure.ts'
import { startFetching } from './fetching.ts'
import { createLane, type Lane } from './lane.ts'
import { createLink, pauseMs } from './link.ts'
import type { MemberMemory } from './member-memory.ts'
import { startMembership } from './membership.ts'
import { rangesOf } from './offsets.ts'
import type { KafkaLog, KafkaSettings } from './settings.ts'
import { setTimeout as delay } from 'node:timers/promises'
import type { PartitionRange } from '../port.ts'

interface Engine {
  settings: KafkaSettings
  log: KafkaLog
  members: MemberMemory
  ended: (consumer: Consumer) => void
}

const BATCH_BYTES = 4 * 1024 * 1024
const VALUE_BYTES = 1024 * 1024

/**
 * Starts a member of a consumer group. It is made of kafkajs's cluster (connections, requests) and not of its consumer: that one
 * fetches for nobody while one handler works, leaves the group for a new member after a lost connection, answers a rebalance only
 * when all handlers are done, and moves silently when an offset is gone. `ended` is called once, before `done` settles.
 */
export function startConsumer(engine: Engine, options: ConsumeOptions): Consumer {
  const { settings, log } = engine
  const { topic, handler, maxBatchBytes = BATCH_BYTES, maxValueBytes = VALUE_BYTES } = options
  const physicalTopic = settings.topicPrefix + topic
  const groupId = settings.topicPrefix + options.groupId
  const link = createLink(settings, log)
  /** The latest lane of each partition; an older one may still be giving it back. */
  const lanes = new Map<number, Lane>()
  const holding = new Set<Lane>()
  const paused = new Set<number>()
  const positions = new Map<number, number>()
  let ending: Promise<void> | null = null
  let failure: { error: unknown } | null = null
  const { promise: done, resolve, reject } = Promise.withResolvers<void>()

  async function rangeOf(partition: number): Promise<PartitionRange> {
    for (let failures = 0; ; failures++) {
      try {
        const [range] = await link.run((cluster) => rangesOf(cluster, physicalTopic, topic, [partition]))
        if (range !== undefined) return range
      } catch (error) {
        if (!isPassing(error)) throw toLogError(error, `${physicalTopic}/${partition}`)
      }
      await delay(pauseMs(failures))
      await link.run((cluster) => cluster.refreshMetadata()).catch(() => undefined)
    }
  }

  function open(partition: number): void {
    const before = lanes.get(partition)
    const lane = createLane({
      topic,
      physicalTopic,
      partition,
      maxBatchBytes,
      handler,
      after: before === undefined ? Promise.resolve() : before.done.catch(() => undefined),
      range: () => rangeOf(partition),
      isPaused: () => paused.has(partition),
      isFresh: () => membership.isFresh(),
      handled: (offset) => void positions.set(partition, offset),
      changed: () => fetching.wake(),
    })
    lanes.set(partition, lane)
    holding.add(lane)
    lane.done
      .catch(fail)
      .finally(() => {
        holding.delete(lane)
        if (lanes.get(partition) === lane) {
          lanes.delete(partition)
          if (ending === null) positions.delete(partition)
        }
      })
      .catch(fail)
  }

  function closeAll(): void {
    for (const lane of holding) lane.close()
  }

  const membership = startMembership(
    engine,
    { groupId, topic: physicalTopic },
    {
      held: () => [...new Set([...holding].map(({ partition }) => partition))],
      positions: () => positions,
      failed: fail,
      lost: closeAll,
      assigned(partitions) {
        if (ending !== null) return
        const mine = new Set(partitions)
        const givenBack = [...lanes.values()].filter(({ partition }) => !mine.has(partition))
        for (const lane of givenBack) lane.close()
        for (const partition of mine) if (lanes.get(partition)?.isOpen() !== true) open(partition)
        if (givenBack.length > 0) void Promise.allSettled(givenBack.map((lane) => lane.done)).then(membership.gaveBack)
        fetching.wake()
      },
    },
  )

  const fetching = startFetching({ link, log, topic, physicalTopic, maxBatchBytes, maxValueBytes, lanes: () => lanes.values(), failed: fail })

  function fail(error: unknown): void {
    failure ??= { error }
    end()
  }

  function end(): void {
    ending ??= close().then(() => {
      engine.ended(consumer)
      if (failure === null) resolve()
      else reject(failure.error instanceof Error ? failure.error : new Error(String(failure.error)))
    })
  }

  async function close(): Promise<void> {
    fetching.stop()
    link.close()
    closeAll()
    await Promise.allSettled([...holding].map((lane) => lane.done))
    await membership.leave()
  }

  const consumer: Consumer = {
    pause: (partition) => void paused.add(partition),
    resume(partition) {
      paused.delete(partition)
      lanes.get(partition)?.wake()
      fetching.wake()
    },
    async stop() {
      end()
      await done.catch(() => undefined)
    },
    done,
  }
  return consumer
}
