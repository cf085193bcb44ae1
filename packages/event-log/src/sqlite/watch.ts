import type { LogFile } from './file.ts'

/** Tells who waits for records that some have come, from this process or another one. */
export interface Watcher {
  /** `listener` hears the row ids of partitions with new records, `null` when it should look into each. Answers how to stop. */
  subscribe(listener: (partitionIds: ReadonlySet<number> | null) => void): () => void
  /** To be called after each append of this process. */
  appended(): void
}

const SHORTEST_MS = 1
const LONGEST_MS = 25
const GROWTH = 1.1
const ROWS_AT_ONCE = 2000

/**
 * Other processes' commits are noticed by polling `PRAGMA data_version`, which changes with each of them: a few microseconds,
 * every millisecond while there is something going on and less and less often in silence. It polls only while somebody listens.
 */
export function createWatcher(file: LogFile): Watcher {
  const dataVersion = file.db.prepare('PRAGMA data_version')
  const lastPosition = file.db.prepare('SELECT max(position) AS last FROM records')
  const newer = file.db.prepare(`
    SELECT partition_id AS id, max(position) AS last
    FROM (SELECT partition_id, position FROM records WHERE position > ? ORDER BY position LIMIT ${ROWS_AT_ONCE}) GROUP BY partition_id`)
  const listeners = new Set<(partitionIds: ReadonlySet<number> | null) => void>()
  let seenVersion = -1
  let seenPosition = 0
  let pauseMs = SHORTEST_MS
  let timer: NodeJS.Timeout | null = null

  function tell(partitionIds: ReadonlySet<number> | null): void {
    for (const listener of listeners) listener(partitionIds)
  }

  function look(): void {
    try {
      for (;;) {
        const rows = newer.all(seenPosition)
        if (rows.length === 0) return
        seenPosition = Math.max(...rows.map((row) => Number(row.last)))
        tell(new Set(rows.map((row) => Number(row.id))))
      }
    } catch {
      // Whoever waits tries for itself then, and gets the error if it lasts.
      tell(null)
    }
  }

  function poll(): void {
    try {
      const version = Number(dataVersion.get()?.data_version)
      pauseMs = version === seenVersion ? Math.min(LONGEST_MS, pauseMs * GROWTH) : SHORTEST_MS
      if (version !== seenVersion) look()
      seenVersion = version
    } catch {
      tell(null)
    }
    timer = setTimeout(poll, pauseMs)
  }

  function start(): void {
    try {
      seenPosition = Number(lastPosition.get()?.last ?? 0)
    } catch {
      seenPosition = 0
    }
    // Nobody else can write into a database in memory.
    if (file.path !== ':memory:') timer = setTimeout(poll, SHORTEST_MS)
  }

  function stop(): void {
    if (timer !== null) clearTimeout(timer)
    timer = null
  }

  return {
    subscribe(listener) {
      if (listeners.size === 0) start()
      listeners.add(listener)
      return () => {
        listeners.delete(listener)
        if (listeners.size === 0) stop()
      }
    },
    appended() {
      if (listeners.size === 0) return
      look()
      // An answer from another process is likely now.
      if (timer !== null && pauseMs > 2 * SHORTEST_MS) {
        clearTimeout(timer)
        pauseMs = SHORTEST_MS
        timer = setTimeout(poll, pauseMs)
      }
    },
  }
}
