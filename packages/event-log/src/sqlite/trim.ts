import { setTimeout as delay } from 'node:timers/promises'
import type { EventLog } from '../port.ts'
import { inTransaction, type LogFile, whenFree } from './file.ts'
import type { Topics } from './topics.ts'

const CHUNK_RECORDS = 512
const CHUNK_BYTES = 8 * 1024 * 1024
/** Between two chunks others get at the lock. */
const GAP_MS = 2

/** Deletes in short transactions, each of which moves the partition's mark too: a crash between them leaves a smaller log, not a wrong one. */
export function createTrim(file: LogFile, topics: Topics, committed: (sizeBytes: number) => void): EventLog['trim'] {
  const oldest = file.db.prepare(`
    SELECT position, appended_at_ms, length(value) AS size_bytes
    FROM records WHERE partition_id = ? AND position < ? ORDER BY position LIMIT ${CHUNK_RECORDS}`)
  const remove = file.db.prepare('DELETE FROM records WHERE partition_id = ? AND position <= ?')
  const mark = file.db.prepare('UPDATE partitions SET trimmed_through = ? WHERE id = ?')

  function trimChunk(partitionId: number, beforeOffset: number, olderThanMs: number): { count: number; sizeBytes: number } {
    let through = 0
    let sizeBytes = 0
    for (const row of oldest.iterate(partitionId, beforeOffset)) {
      // Append times only grow: the first young record ends the search.
      if (Number(row.appended_at_ms) >= olderThanMs || sizeBytes > CHUNK_BYTES) break
      through = Number(row.position)
      sizeBytes += Number(row.size_bytes)
    }
    if (through === 0) return { count: 0, sizeBytes }
    mark.run(through, partitionId)
    return { count: Number(remove.run(partitionId, through).changes), sizeBytes }
  }

  return async ({ topic, partition, beforeOffset, olderThanMs }) => {
    const partitionId = await whenFree(file, () => topics.partitionId(topic, partition))
    let trimmed = 0
    for (;;) {
      const { count, sizeBytes } = await whenFree(file, () => inTransaction(file.db, () => trimChunk(partitionId, beforeOffset, olderThanMs)))
      trimmed += count
      if (count === 0) break
      committed(sizeBytes)
      await delay(GAP_MS)
    }
    // secure_delete has zeroed the pages, but the file gets the zeros, and the WAL loses its old copies, only now. A reader
    // in another process may be in the way; then a later checkpoint does it.
    if (trimmed > 0) file.db.exec('PRAGMA wal_checkpoint(TRUNCATE)')
    return trimmed
  }
}
