import { setTimeout as delay } from 'node:timers/promises'
import type { DatabaseSync } from 'node:sqlite'
import { isBusy, toLogError } from './failure.ts'

/** The one connection this process has to a log file. */
export interface LogFile {
  readonly path: string
  readonly db: DatabaseSync
  readonly busyTimeoutMs: number
}

/**
 * Runs synchronous work on the connection and tries again while another process is in the way. Waiting here rather than in
 * SQLite's own busy handler leaves the event loop free; the tries come every millisecond because a write lock is short.
 * Throws `LogError`, retriable when the time was up.
 */
export async function whenFree<T>(file: LogFile, work: () => T): Promise<T> {
  const giveUpAtMs = performance.now() + file.busyTimeoutMs
  for (;;) {
    try {
      return work()
    } catch (error) {
      if (!isBusy(error) || performance.now() >= giveUpAtMs) throw toLogError(file.path, error)
    }
    await delay(1)
  }
}

/** All of the work or nothing of it. Takes the write lock first: a read that turns into a write fails beside another writer. */
export function inTransaction<T>(db: DatabaseSync, work: () => T): T {
  db.exec('BEGIN IMMEDIATE')
  try {
    const result = work()
    db.exec('COMMIT')
    return result
  } catch (error) {
    // A full disk makes SQLite roll back by itself.
    if (db.isTransaction) db.exec('ROLLBACK')
    throw error
  }
}
