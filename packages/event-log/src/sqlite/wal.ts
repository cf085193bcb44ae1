import { statSync } from 'node:fs'
import type { LogFile } from './file.ts'

const LOOK_EVERY_BYTES = 32 * 1024 * 1024
const TOO_LARGE_BYTES = 128 * 1024 * 1024
/** Readers' snapshots are short, and new readers need no WAL once all of it is in the file: waiting this long is nearly always enough. */
const PATIENCE_MS = 200

/**
 * Answers what to call after each commit with the bytes it wrote. SQLite checkpoints by itself, but starts the WAL over only
 * at a moment without readers; beside many reading processes it could grow for hours. A large one is worth waiting for that moment.
 */
export function keepWalSmall(file: LogFile): (sizeBytes: number) => void {
  let writtenBytes = 0
  return (sizeBytes) => {
    writtenBytes += sizeBytes
    if (writtenBytes < LOOK_EVERY_BYTES || file.path === ':memory:') return
    writtenBytes = 0
    const walBytes = statSync(`${file.path}-wal`, { throwIfNoEntry: false })?.size ?? 0
    if (walBytes > TOO_LARGE_BYTES) file.db.exec(`PRAGMA busy_timeout = ${PATIENCE_MS}; PRAGMA wal_checkpoint(TRUNCATE); PRAGMA busy_timeout = 0`)
  }
}
