import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as delay } from 'node:timers/promises'

const BUSY = 5
const POLL_MS = 100

/**
 * Runs `work` while no other process runs its own under the same path. The lock is `BEGIN EXCLUSIVE` on an empty database: it dies with the process that holds it,
 * however that dies. `onWait` is called once if another holds it.
 */
export async function withFileLock<T>(path: string, work: () => Promise<T>, onWait: () => void = () => {}): Promise<T> {
  mkdirSync(dirname(path), { recursive: true })
  using database = new DatabaseSync(path, { timeout: 0 })
  if (!taken(database)) {
    onWait()
    do await delay(POLL_MS)
    while (!taken(database))
  }
  return await work()
}

function taken(database: DatabaseSync): boolean {
  try {
    database.exec('begin exclusive')
    return true
  } catch (error) {
    if (error instanceof Error && 'errcode' in error && typeof error.errcode === 'number' && (error.errcode & 0xff) === BUSY) return false
    throw error
  }
}
