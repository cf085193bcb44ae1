import { LogError, type Batch, type Consumer, type ConsumeOptions } from '@twinreel/event-log/port'
import { errorOf } from '../error-of.ts'
import type { Machine } from '../process.ts'
import type { Parts } from '../world-parts.ts'
import type { Broker } from './broker.ts'
import type { Member } from './group.ts'
import { createLane, type Lane } from './lane.ts'
import { checkOffset, rangeOf, readFrom, type Partition } from './partition.ts'

const BATCH_RECORDS = 10_000
const BATCH_BYTES = 4 * 1024 * 1024
const VALUE_BYTES = 1024 * 1024
const AGAIN_MS = 200
/** How far apart heartbeats are: how soon a member hears what became of it. */
const HEARTBEAT_MS = 1_000

/** A member of a consumer group, living in its process. Several of one process, one after another, are several members. */
export function startConsumer(parts: Parts, broker: Broker, machine: Machine, id: string, options: ConsumeOptions): Consumer {
  const { time, faults } = parts
  const { topic, handler, maxBatchBytes = BATCH_BYTES, maxValueBytes = VALUE_BYTES } = options
  const partitions = broker.partitions(topic)
  const group = broker.group(options.groupId, topic)
  const lanes = new Map<number, Lane>()
  const holding = new Set<Lane>()
  const paused = new Set<number>()
  const { promise: done, resolve, reject } = Promise.withResolvers<void>()
  let generation = -1
  let lostTouchMs: number | null = null
  let isCutOff = false
  let ending: Promise<void> | null = null
  let failure: { error: unknown } | null = null

  const isFresh = (): boolean => lostTouchMs === null || time.now() - lostTouchMs < broker.sessionMs

  function open(partition: Partition): void {
    const before = lanes.get(partition.partition)
    const lane = createLane({
      partition: partition.partition,
      handler,
      after: before === undefined ? Promise.resolve() : before.done.catch(() => undefined),
      range: () => patiently('log.range', partition, (settle) => settle(rangeOf(partition))),
      fetch: (offset) => fetch(partition, offset),
      check: (_, offset) => checkOffset(partition, offset),
      isPaused: () => paused.has(partition.partition),
      isFresh,
    })
    lanes.set(partition.partition, lane)
    holding.add(lane)
    lane.done
      .catch(fail)
      .finally(() => {
        holding.delete(lane)
        if (lanes.get(partition.partition) === lane) lanes.delete(partition.partition)
      })
      .catch(fail)
  }

  /** A long poll: answered when there is something. */
  function fetch(partition: Partition, offset: number): Promise<Batch | null> {
    return patiently('log.fetch', partition, (settle) => {
      const look = (): void => {
        partition.waiters.delete(look)
        if (machine.state() === 'dead') return
        const problem = checkOffset(partition, offset)
        if (problem !== null) return settle(problem)
        const batch = readFrom(partition, offset, { maxRecords: BATCH_RECORDS, maxBytes: maxBatchBytes, maxValueBytes })
        if (batch.records.length === 0) partition.waiters.add(look)
        else settle(machine.hasFaults ? torn(batch, partition) : batch)
      }
      look()
    })
  }

  /** A batch may end anywhere. */
  function torn(batch: Batch, { endOffset }: Partition): Batch {
    if (batch.records.length < 2 || !faults.fires('batch-torn')) return batch
    return { ...batch, records: batch.records.slice(0, faults.random.whole(1, batch.records.length - 1)), endOffset }
  }

  /** What the broker does not answer is asked again inside the adapter; some failures end the consumer all the same. */
  async function patiently<T>(what: string, { partition }: Partition, effect: (settle: (result: T | LogError) => void) => void): Promise<T> {
    for (;;) {
      if (machine.hasFaults && faults.fires('member-cut-off')) cutOff()
      const isFailing = machine.hasFaults && faults.fires('read-failed')
      const result = await machine.call<T | LogError>({
        what,
        detail: `${topic}/${partition}`,
        thereMs: machine.random.between(0.2, 3),
        backMs: machine.random.between(0.2, 3),
        effect: (settle) =>
          isFailing ? settle({ ok: true, value: new LogError('the broker hung up', { retriable: true }) }) : effect((value) => settle({ ok: true, value })),
      })
      if (!(result instanceof LogError)) return result
      // A platform has nobody who would start its consumer over.
      if (!isFailing || (machine.kind === 'recorder' && machine.random.chance(0.3))) throw result
      await new Promise<void>((again) => machine.timer(AGAIN_MS, what, again))
    }
  }

  /** Its way to the group is broken, everything else goes on. */
  function cutOff(): void {
    if (isCutOff || ending !== null) return
    isCutOff = true
    fellSilent()
    time.at(time.now() + faults.random.between(1_000, 3 * broker.sessionMs), `${id} is back`, () => {
      isCutOff = false
      backInTouch()
    })
  }

  function fellSilent(): void {
    lostTouchMs ??= time.now()
    group.silent(id)
  }

  function backInTouch(): void {
    if (isCutOff || machine.state() !== 'running') return
    time.at(time.now() + machine.random.between(0, HEARTBEAT_MS), `${id} beats`, () =>
      machine.enter('heartbeat', () => {
        if (isCutOff || lostTouchMs === null || ending !== null) return
        lostTouchMs = null
        if (group.heard(id)) for (const lane of holding) lane.wake()
        else {
          member.lost()
          group.join(member)
        }
      }),
    )
  }

  const member: Member = {
    id,
    state: machine.state,
    isCutOff: () => isCutOff,
    held: () => [...new Set([...holding].map(({ partition }) => partition))],
    generation: () => generation,
    prepare(isEager) {
      if (isEager) machine.enter('prepare', closeAll)
    },
    take(mine, mineGeneration) {
      machine.enter('share', () => {
        if (ending !== null) return
        generation = mineGeneration
        const share = new Set(mine)
        const givenBack = [...lanes.values()].filter(({ partition }) => !share.has(partition))
        for (const lane of givenBack) lane.close()
        for (const partition of partitions) if (share.has(partition.partition) && lanes.get(partition.partition)?.isOpen() !== true) open(partition)
        if (givenBack.length > 0) void Promise.allSettled(givenBack.map((lane) => lane.done)).then(() => group.gaveBack(id))
      })
    },
    lost() {
      generation = -1
      closeAll()
    },
  }

  machine.watch({ died: () => group.silent(id), froze: fellSilent, thawed: backInTouch })

  function closeAll(): void {
    for (const lane of holding) lane.close()
  }

  function fail(error: unknown): void {
    failure ??= { error }
    end()
  }

  function end(): void {
    ending ??= close().then(() => {
      if (failure === null) resolve()
      else reject(errorOf(failure.error))
    })
  }

  async function close(): Promise<void> {
    closeAll()
    await Promise.allSettled([...holding].map((lane) => lane.done))
    await machine.call<void>({
      what: 'log.leave',
      detail: id,
      thereMs: 1,
      backMs: 1,
      effect: (settle) => (group.leave(id), settle({ ok: true, value: undefined })),
    })
  }

  group.join(member)
  return {
    pause: (partition) => void paused.add(partition),
    resume(partition) {
      paused.delete(partition)
      lanes.get(partition)?.wake()
    },
    async stop() {
      end()
      await done.catch(() => undefined)
    },
    done,
  }
}
