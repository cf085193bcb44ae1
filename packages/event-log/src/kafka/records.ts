import type { LogRecord } from '../port.ts'
import type { FetchedMessage, FetchedPartition } from './protocol.ts'

/** What a fetch brought of one partition. */
export interface Fetched {
  records: LogRecord[]
  /** Where to go on: behind the last record that was there, delivered or not. */
  nextOffset: number
  endOffset: number
}

/**
 * The records from `fromOffset` on: without control records and what an aborted transaction wrote. The values are views of the response,
 * not copies. A batch is fetched whole, so records before `fromOffset` may come with it.
 */
export function recordsOf(fetched: FetchedPartition, from: { topic: string; fromOffset: number; maxValueBytes: number }): Fetched {
  const { topic, fromOffset, maxValueBytes } = from
  const isAborted = abortedFilter(fetched)
  const records: LogRecord[] = []
  let nextOffset = fromOffset
  for (const message of fetched.messages) {
    const offset = Number(message.offset)
    const skipped = isAborted(message, offset) || message.isControlRecord
    if (offset < fromOffset) continue
    nextOffset = offset + 1
    if (!skipped) records.push(toRecord(message, { topic, partition: fetched.partition, offset, maxValueBytes }))
  }
  const stableOffset = Number(fetched.lastStableOffset)
  const end = stableOffset >= 0 ? stableOffset : Number(fetched.highWatermark)
  // Where the log ends with control records nothing is left to read behind the last record: that is the end a reader reaches.
  const last = records.at(-1)
  return { records, nextOffset, endOffset: last !== undefined && nextOffset >= end ? last.offset + 1 : Math.max(end, nextOffset) }
}

function toRecord(message: FetchedMessage, at: { topic: string; partition: number; offset: number; maxValueBytes: number }): LogRecord {
  const { key, value, timestamp } = message
  const sizeBytes = value === null ? 0 : value.byteLength
  const headers: Record<string, string> = {}
  for (const name in message.headers) headers[name] = headerText(message.headers[name])
  return {
    topic: at.topic,
    partition: at.partition,
    offset: at.offset,
    key: key === null ? '' : key.toString(),
    headers,
    // Not a Buffer: its slice() shares memory, that of a Uint8Array copies.
    value: sizeBytes > at.maxValueBytes ? null : value === null ? new Uint8Array(0) : new Uint8Array(value.buffer, value.byteOffset, sizeBytes),
    sizeBytes,
    appendedAtMs: Number(timestamp),
  }
}

/** Of a header that is there several times the last one counts. */
function headerText(value: FetchedMessage['headers'][string] | undefined): string {
  const last = Array.isArray(value) ? value.at(-1) : value
  return last?.toString() ?? ''
}

/** The key of a control record that says: aborted (version 0, type 0). */
const ABORT_MARKER = Buffer.from([0, 0, 0, 0])

/** Tells for each message in turn whether it belongs to an aborted transaction. The list in the response is in the order of first offsets. */
function abortedFilter({ abortedTransactions }: FetchedPartition): (message: FetchedMessage, offset: number) => boolean {
  if (abortedTransactions === null || abortedTransactions.length === 0) return () => false
  const coming = abortedTransactions.map(({ producerId, firstOffset }) => ({ producerId, firstOffset: Number(firstOffset) }))
  const producers = new Set<string>()
  return (message, offset) => {
    for (let next = coming[0]; next !== undefined && next.firstOffset <= offset; next = coming[0]) {
      producers.add(next.producerId)
      coming.shift()
    }
    const { producerId, inTransaction } = message.batchContext
    if (message.isControlRecord) {
      if (message.key?.equals(ABORT_MARKER) === true) producers.delete(producerId)
      return true
    }
    return inTransaction && producers.has(producerId)
  }
}
