import { setImmediate as turn } from 'node:timers/promises'
import type { Batch, ConsumeOptions, Consumer } from '../port.ts'
import { type LogFile, whenFree } from './file.ts'
import { createLane, type Lane } from './lane.ts'
import type { Reader } from './read.ts'
import type { Topics } from './topics.ts'
import type { Watcher } from './watch.ts'

const BATCH_RECORDS = 10_000
const BATCH_BYTES = 4 * 1024 * 1024
const VALUE_BYTES = 1024 * 1024

/** Starts a consumer: one loop per partition, each with one batch at a time, side by side. `ended` is called once, before `done` settles. */
export async function startConsumer(
  engine: { file: LogFile; topics: Topics; reader: Reader; watcher: Watcher; ended: (consumer: Consumer) => void },
  options: ConsumeOptions,
): Promise<Consumer> {
  const { file, topics, reader, watcher, ended } = engine
  const { topic, handler, maxBatchBytes = BATCH_BYTES, maxValueBytes = VALUE_BYTES } = options
  const partitionIds = await whenFree(file, () => topics.partitionIds(topic))
  const lanes = partitionIds.map((id, partition) => createLane(id, partition))
  let stopping = false
  let failure: { error: unknown } | null = null

  function end(): void {
    stopping = true
    for (const lane of lanes) lane.wake()
  }

  function fail(error: unknown): void {
    failure ??= { error }
    end()
  }

  function nextBatch(partition: number, fromOffset: number): Promise<Batch> {
    return whenFree(file, () => reader.batch({ topic, partition, fromOffset, maxRecords: BATCH_RECORDS, maxBytes: maxBatchBytes, maxValueBytes }))
  }

  async function deliver(lane: Lane, fromOffset: number): Promise<void> {
    let next = fromOffset
    while (!stopping) {
      if (lane.isPaused()) {
        await lane.woken()
        continue
      }
      lane.expectWake()
      const batch = await nextBatch(lane.partition, next)
      const last = batch.records.at(-1)
      if (last === undefined) {
        await lane.woken()
      } else if (!stopping && !lane.isPaused()) {
        await handler.batch(batch)
        next = last.offset + 1
        // A handler that answers at once must not keep everything else from running.
        await turn()
      }
    }
  }

  async function run(lane: Lane): Promise<void> {
    // The caller has its consumer before the handler hears anything.
    await turn()
    if (stopping) return
    const range = await whenFree(file, () => reader.range(topic, lane.partition))
    const fromOffset = await handler.assigned(range)
    await deliver(lane, fromOffset).catch(fail)
    await handler.revoked(lane.partition)
  }

  const unsubscribe = watcher.subscribe((changed) => {
    for (const lane of lanes) if (changed === null || changed.has(lane.partitionId)) lane.wake()
  })
  const done = Promise.all(lanes.map((lane) => run(lane).catch(fail))).then(() => {
    unsubscribe()
    ended(consumer)
    if (failure !== null) throw failure.error
  })

  const consumer: Consumer = {
    pause: (partition) => lanes[partition]?.pause(),
    resume: (partition) => lanes[partition]?.resume(),
    async stop() {
      end()
      await done.catch(() => {})
    },
    done,
  }
  return consumer
}
