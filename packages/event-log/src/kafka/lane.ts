import { setTimeout as delay } from 'node:timers/promises'
import { LogError, type ConsumerHandler, type LogRecord, type PartitionRange } from '../port.ts'
import { outOfRange } from './read.ts'
import type { Fetched } from './records.ts'

export interface LaneOptions {
  topic: string
  physicalTopic: string
  partition: number
  maxBatchBytes: number
  handler: ConsumerHandler
  /** The end of what was done with this partition before: never two at a time. */
  after: Promise<void>
  range(): Promise<PartitionRange>
  isPaused(): boolean
  /** Whether nobody else can have got the partition meanwhile. */
  isFresh(): boolean
  /** Everything below `offset` is handled. */
  handled(offset: number): void
  /** It wants to be fetched, or has changed otherwise. */
  changed(): void
}

/** One partition during one assignment: what was fetched of it goes to the handler, one batch after another. */
export interface Lane {
  readonly partition: number
  /** Where to fetch from, `null` while there is enough. */
  wants(): number | null
  isOpen(): boolean
  take(fetched: Fetched): void
  wake(): void
  /** No further batch; resolves when the handler has given the partition back. */
  close(): void
  /** Rejects when the handler failed, after the partition was given back. */
  done: Promise<void>
}

/** How often a lane looks whether its member is in the group again. */
const STALE_LOOK_MS = 100

export function createLane(options: LaneOptions): Lane {
  const { topic, physicalTopic, partition, handler } = options
  let isOpen = true
  /** `null` before the handler has said where to begin, and at the end. */
  let fetchOffset: number | null = null
  let waiting: Fetched | null = null
  let wake = (): void => undefined

  function changed(): Promise<void> {
    return new Promise((resolve) => (wake = resolve))
  }

  async function run(): Promise<void> {
    await options.after
    if (!isOpen) return
    const range = await options.range().catch((error: unknown) => {
      // Who closes the lane may have closed the connection too; nothing is missed without an answer.
      if (isOpen) throw error
      return null
    })
    if (range === null || !isOpen) return
    const fromOffset = await handler.assigned(range)
    try {
      if (!Number.isSafeInteger(fromOffset) || fromOffset < range.firstOffset || fromOffset > range.endOffset) {
        throw outOfRange({ physicalTopic, partition, fromOffset }, range)
      }
      fetchOffset = fromOffset
      options.handled(fromOffset)
      options.changed()
      await deliver()
    } finally {
      isOpen = false
      fetchOffset = waiting = null
      await handler.revoked(partition)
    }
  }

  async function deliver(): Promise<void> {
    while (isOpen) {
      if (waiting === null || options.isPaused()) await changed()
      else if (!options.isFresh()) await Promise.race([changed(), delay(STALE_LOOK_MS)])
      else {
        const { records, nextOffset, endOffset } = waiting
        waiting = null
        options.changed()
        for (const batch of batchesOf(records, options.maxBatchBytes)) {
          while (isOpen && (options.isPaused() || !options.isFresh())) await Promise.race([changed(), delay(STALE_LOOK_MS)])
          if (!isOpen) return
          await handler.batch({ topic, partition, records: batch, endOffset })
          options.handled((batch.at(-1)?.offset ?? 0) + 1)
        }
        options.handled(nextOffset)
      }
    }
  }

  const done = run().finally(() => (isOpen = false))
  return {
    partition,
    wants: () => (isOpen && waiting === null && !options.isPaused() ? fetchOffset : null),
    isOpen: () => isOpen,
    take(fetched) {
      if (fetchOffset === null) return
      if (fetched.nextOffset < fetchOffset)
        throw new LogError(`${physicalTopic}/${partition}: the log went back from ${fetchOffset} to ${fetched.nextOffset}`, { retriable: false })
      fetchOffset = fetched.nextOffset
      if (fetched.records.length > 0) waiting = fetched
      wake()
    },
    wake: () => wake(),
    close() {
      isOpen = false
      wake()
    },
    done,
  }
}

/** Mostly all of them: the broker sends about as much as it was asked for, but never part of a batch as it was appended. */
function batchesOf(records: readonly LogRecord[], maxBatchBytes: number): readonly (readonly LogRecord[])[] {
  const batches: LogRecord[][] = []
  let sizeBytes = Number.POSITIVE_INFINITY
  for (const record of records) {
    const recordBytes = record.value?.byteLength ?? 0
    sizeBytes += recordBytes
    if (sizeBytes <= maxBatchBytes) batches.at(-1)?.push(record)
    else {
      batches.push([record])
      sizeBytes = recordBytes
    }
  }
  return batches
}
