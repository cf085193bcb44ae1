import { LogError, type Batch, type LogRecord, type PartitionRange } from '@twinreel/event-log/port'

/** One partition of the log as it is. */
export interface Partition {
  readonly topic: string
  readonly partition: number
  /** Everything ever appended; what lies below `firstOffset` is forgotten. */
  readonly records: LogRecord[]
  firstOffset: number
  endOffset: number
  /** Called once, at the next append. */
  readonly waiters: Set<() => void>
}

export function newPartition(topic: string, partition: number): Partition {
  return { topic, partition, records: [], firstOffset: 0, endOffset: 0, waiters: new Set() }
}

export function rangeOf({ topic, partition, firstOffset, endOffset }: Partition): PartitionRange {
  return { topic, partition, firstOffset, endOffset }
}

/** The index of the first record at or after the offset. */
export function indexOf({ records }: Partition, offset: number): number {
  let [low, high] = [0, records.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((records[middle]?.offset ?? Infinity) < offset) low = middle + 1
    else high = middle
  }
  return low
}

export function checkOffset(from: Partition, offset: number): LogError | null {
  if (Number.isSafeInteger(offset) && offset >= from.firstOffset && offset <= from.endOffset) return null
  return new LogError(`${from.topic}/${from.partition} holds offsets ${from.firstOffset} to ${from.endOffset}; there is no reading from ${offset}`, {
    retriable: false,
  })
}

export interface ReadLimits {
  maxRecords: number
  maxBytes: number
  maxValueBytes: number
}

/** Forward from the offset, which must lie in the range. As the port wants it, a batch that holds the last record there is reaches the end, also where the offsets after it are holes. */
export function readFrom(from: Partition, offset: number, { maxRecords, maxBytes, maxValueBytes }: ReadLimits): Batch {
  const records: LogRecord[] = []
  let sizeBytes = 0
  let at = indexOf(from, Math.max(offset, from.firstOffset))
  for (; records.length < maxRecords; at++) {
    const record = from.records[at]
    if (record === undefined) break
    const value = record.sizeBytes > maxValueBytes ? null : record.value
    sizeBytes += value?.length ?? 0
    if (records.length > 0 && sizeBytes > maxBytes) break
    records.push(value === record.value ? record : { ...record, value })
  }
  const last = records.at(-1)
  const endOffset = at === from.records.length && last !== undefined ? last.offset + 1 : from.endOffset
  return { topic: from.topic, partition: from.partition, records, endOffset }
}

export function trimTo(partition: Partition, beforeOffset: number): void {
  partition.firstOffset = Math.min(partition.endOffset, Math.max(partition.firstOffset, beforeOffset))
}
