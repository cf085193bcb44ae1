import { type Batch, LogError, type LogRecord, type PartitionRange } from '../port.ts'
import type { LogFile } from './file.ts'
import type { Topics } from './topics.ts'

export interface ReadOptions {
  topic: string
  partition: number
  fromOffset: number
  maxRecords: number
  maxBytes: number
  maxValueBytes: number
}

/** Synchronous reads; each is short, so that no snapshot keeps the WAL from being checkpointed. */
export interface Reader {
  range(topic: string, partition: number): PartitionRange
  batch(options: ReadOptions): Batch
}

interface Row {
  position: number
  appended_at_ms: number
  key: string
  headers: string
  size_bytes: number
  value: Uint8Array | null
}

/** Larger values are fetched on their own once they are known to fit: the row that ends a batch is not loaded in vain. */
const INLINE_BYTES = 64 * 1024

export function createReader(file: LogFile, topics: Topics): Reader {
  const selectRange = file.db.prepare(`
    SELECT trimmed_through, (SELECT position FROM records WHERE partition_id = partitions.id ORDER BY position DESC LIMIT 1) AS last
    FROM partitions WHERE id = ?`)
  const selectRows = file.db.prepare(`
    SELECT position, appended_at_ms, key, headers, length(value) AS size_bytes, CASE WHEN length(value) > ? THEN NULL ELSE value END AS value
    FROM records WHERE partition_id = ? AND position >= ? ORDER BY position LIMIT ?`)
  const selectValue = file.db.prepare('SELECT value FROM records WHERE position = ?')

  function range(topic: string, partition: number): PartitionRange {
    const row = selectRange.get(topics.partitionId(topic, partition))
    const trimmedThrough = Number(row?.trimmed_through ?? 0)
    return { topic, partition, firstOffset: trimmedThrough + 1, endOffset: Math.max(trimmedThrough, Number(row?.last ?? 0)) + 1 }
  }

  function valueOf(row: Row): Uint8Array | null {
    return row.value ?? (selectValue.get(row.position)?.value as Uint8Array | undefined) ?? null
  }

  function batch({ topic, partition, fromOffset, maxRecords, maxBytes, maxValueBytes }: ReadOptions): Batch {
    const partitionId = topics.partitionId(topic, partition)
    const records: LogRecord[] = []
    let batchBytes = 0
    const rows = selectRows.iterate(Math.min(INLINE_BYTES, maxValueBytes), partitionId, fromOffset, maxRecords) as unknown as Iterable<Row>
    for (const row of rows) {
      const tooLarge = row.size_bytes > maxValueBytes
      batchBytes += row.headers.length + row.key.length + (tooLarge ? 0 : row.size_bytes)
      if (records.length > 0 && batchBytes > maxBytes) break
      records.push({
        topic,
        partition,
        offset: row.position,
        key: row.key,
        headers: JSON.parse(row.headers) as Record<string, string>,
        value: tooLarge ? null : valueOf(row),
        sizeBytes: row.size_bytes,
        appendedAtMs: row.appended_at_ms,
      })
    }
    // Read after the rows: what a trim took away meanwhile is noticed.
    const { firstOffset, endOffset } = range(topic, partition)
    if (!(fromOffset >= firstOffset && fromOffset <= endOffset)) {
      throw new LogError(`event log ${file.path}: ${topic}/${partition} holds offsets ${firstOffset} to ${endOffset}; there is no reading from ${fromOffset}`, {
        retriable: false,
      })
    }
    return { topic, partition, records, endOffset }
  }

  return { range, batch }
}
