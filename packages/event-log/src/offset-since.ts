import type { EventLog, PartitionRange } from './port.ts'

/** The first position whose record was appended at `sinceMs` or later, found by halving; a little before it where an engine's clock was set back. */
export async function offsetSince(eventLog: EventLog, { topic, partition, firstOffset, endOffset }: PartitionRange, sinceMs: number): Promise<number> {
  let [low, high] = [firstOffset, endOffset]
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    const { records } = await eventLog.read({ topic, partition, fromOffset: middle, maxRecords: 1, maxBytes: 1 })
    const [record] = records
    if (record === undefined || record.appendedAtMs >= sinceMs) high = middle
    else low = record.offset + 1
  }
  return low
}
