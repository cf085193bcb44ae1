import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, vi } from 'vitest'
import { partitionOfKey } from '../key-partition.ts'
import type { Batch, ConsumeOptions, Consumer, EventLog, LogRecord, NewRecord, PartitionRange } from '../port.ts'

export interface LogUnderTest {
  log: EventLog
  /** Closes the log and opens the same one again; an engine that keeps nothing answers the log it has. */
  reopen: () => Promise<EventLog>
  dispose: () => Promise<void>
}

export type MakeLog = () => Promise<LogUnderTest>

/** Gives each test of a suite its own log, and disposes of it afterwards. */
export function eachTestWithLog(makeLog: MakeLog): () => LogUnderTest {
  let made: LogUnderTest | null = null
  beforeEach(async () => {
    made = await makeLog()
  })
  afterEach(async () => {
    await made?.dispose()
    made = null
  })
  return () => {
    if (made === null) throw new Error('there is no log outside a test')
    return made
  }
}

/** A fresh topic each time: an engine may be shared by all tests. */
export async function newTopic(log: EventLog, partitions = 1): Promise<string> {
  const topic = `contract-${randomUUID()}`
  await log.ensureTopics([{ topic, partitions }])
  return topic
}

export function keyOfPartition(partition: number, partitions: number): string {
  for (let n = 0; ; n++) if (partitionOfKey(`key-${n}`, partitions) === partition) return `key-${n}`
}

export function record(topic: string, key: string, text: string): NewRecord {
  return { topic, key, headers: { ce_id: text }, value: new TextEncoder().encode(text) }
}

export function textOf({ value }: LogRecord): string {
  return value === null ? '(too large)' : new TextDecoder().decode(value)
}

export function numbered(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, n) => `${prefix}-${n}`)
}

/** All that a partition keeps, read from its beginning. */
export async function readAll(log: EventLog, topic: string, partition = 0): Promise<LogRecord[]> {
  const range = (await log.ranges(topic))[partition]
  const records: LogRecord[] = []
  for (let fromOffset = range?.firstOffset ?? 0; ;) {
    const batch = await log.read({ topic, partition, fromOffset })
    const last = batch.records.at(-1)
    if (last === undefined) return records
    records.push(...batch.records)
    fromOffset = last.offset + 1
  }
}

export interface Collected {
  consumer: Consumer
  assigned: PartitionRange[]
  batches: Batch[]
  revoked: number[]
  texts(partition?: number): string[]
}

/** A consumer that keeps what it hears; `onBatch` runs before a batch is kept. */
export async function collect(
  log: EventLog,
  options: Omit<ConsumeOptions, 'handler' | 'groupId'> & {
    groupId?: string
    from?: (range: PartitionRange) => number
    onBatch?: (batch: Batch) => Promise<void>
  },
): Promise<Collected> {
  const { groupId = `group-${randomUUID()}`, from = (range: PartitionRange) => range.firstOffset, onBatch, ...rest } = options
  const assigned: PartitionRange[] = []
  const batches: Batch[] = []
  const revoked: number[] = []
  const consumer = await log.consume({
    ...rest,
    groupId,
    handler: {
      async assigned(range) {
        assigned.push(range)
        return from(range)
      },
      async batch(batch) {
        await onBatch?.(batch)
        batches.push(batch)
      },
      async revoked(partition) {
        revoked.push(partition)
      },
    },
  })
  const texts = (partition?: number) =>
    batches.filter((batch) => partition === undefined || batch.partition === partition).flatMap((batch) => batch.records.map(textOf))
  return { consumer, assigned, batches, revoked, texts }
}

/** Waits until the check passes; a slow engine has its time. */
export async function until(check: () => void | Promise<void>): Promise<void> {
  await vi.waitFor(check, { timeout: 45_000, interval: 5 })
}

/** A promise to be resolved from outside. */
export function gate(): { opened: Promise<void>; open(): void } {
  let open = (): void => {}
  const opened = new Promise<void>((resolve) => (open = resolve))
  return { opened, open: () => open() }
}
