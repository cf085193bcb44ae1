import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { engineError } from './command-error.ts'
import { machineTrouble } from './machine-trouble.ts'

/**
 * One `serve` per data directory: it holds `BEGIN EXCLUSIVE` on a database of its own, a lock that dies with the process, however it
 * dies. Beside it `serve.pid` says whom to signal; it is believed only while the lock is held and the process lives.
 */
export type LockOutcome = { kind: 'taken'; release(): void } | { kind: 'held'; pid: number | null }

const LOCK_FILE = 'lock.db'
const PID_FILE = 'serve.pid'
const BUSY = 5
/** Somebody who only looks holds a shared lock for a moment. */
const LOOKERS_MS = 1_000

/** The directory must be there. In the process that holds it, `lock.db` must not be opened again: closing a second descriptor would drop the lock (POSIX). */
export function takeServeLock(dataDir: string): LockOutcome {
  const database = openLock(dataDir, { timeout: LOOKERS_MS })
  if (!isFree(dataDir, () => database.exec('begin exclusive'))) {
    database.close()
    return { kind: 'held', pid: livingPid(dataDir) }
  }
  writePid(dataDir, database)
  return {
    kind: 'taken',
    release() {
      rmSync(join(dataDir, PID_FILE), { force: true })
      database.close()
    },
  }
}

/** A lock that names nobody could not be stopped. */
function writePid(dataDir: string, database: DatabaseSync): void {
  const path = join(dataDir, PID_FILE)
  try {
    writeFileSync(path, `${process.pid}\n`)
  } catch (error) {
    rmSync(path, { force: true })
    database.close()
    throw unusable(path, error)
  }
}

/** Whether a `serve` runs on the directory, and which process it is if that is known. */
export function serveStatus(dataDir: string): { running: boolean; pid: number | null } {
  if (!existsSync(join(dataDir, LOCK_FILE))) return { running: false, pid: null }
  const database = openLock(dataDir, { readOnly: true, timeout: 0 })
  try {
    const running = !isFree(dataDir, () => database.prepare('select count(*) from sqlite_schema').get())
    return { running, pid: running ? livingPid(dataDir) : null }
  } finally {
    database.close()
  }
}

function openLock(dataDir: string, options: { readOnly?: boolean; timeout: number }): DatabaseSync {
  const path = join(dataDir, LOCK_FILE)
  try {
    return new DatabaseSync(path, options)
  } catch (error) {
    throw unusable(path, error)
  }
}

function isFree(dataDir: string, attempt: () => unknown): boolean {
  try {
    attempt()
    return true
  } catch (error) {
    if (error instanceof Error && 'errcode' in error && typeof error.errcode === 'number' && (error.errcode & 0xff) === BUSY) return false
    throw unusable(join(dataDir, LOCK_FILE), error)
  }
}

function unusable(path: string, error: unknown) {
  const trouble = machineTrouble(error)
  return engineError(
    `lock ${path}: ${trouble === null ? '' : `${trouble.what}: `}${error instanceof Error ? error.message : String(error)}`,
    trouble?.next ?? 'check that its directory is writable; the file holds no data, so it may be deleted while nothing runs',
    error,
  )
}

function livingPid(dataDir: string): number | null {
  try {
    const text = readFileSync(join(dataDir, PID_FILE), 'utf8')
    if (!/^[1-9]\d*\n$/.test(text)) return null
    process.kill(Number(text), 0)
    return Number(text)
  } catch {
    return null
  }
}
