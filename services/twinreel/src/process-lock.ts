import { existsSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'

/** A lock of the kernel's: it is held until it is released or its process has died, however it died, and also by a process that is frozen. */
export interface ProcessLock {
  release(): void
}

const BUSY = 5

/**
 * Takes the lock that the file at `path` stands for, made where missing; `null` when another process holds it for longer than `waitMs`, or removed the file meanwhile.
 * In the process that holds it the file must not be opened again: closing a second descriptor would drop the lock (POSIX). Throws the engine's error when there can be no such file.
 */
export function takeProcessLock(path: string, waitMs: number): ProcessLock | null {
  const database = new DatabaseSync(path, { timeout: waitMs })
  try {
    database.exec('begin exclusive')
    if (existsSync(path)) return { release: () => database.close() }
  } catch (error) {
    if (!(error instanceof Error && 'errcode' in error && typeof error.errcode === 'number' && (error.errcode & 0xff) === BUSY)) {
      database.close()
      throw error
    }
  }
  database.close()
  return null
}
