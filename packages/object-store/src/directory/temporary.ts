import { randomUUID } from 'node:crypto'
import { open, readdir, stat, unlink } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { unless } from './failure.ts'

/** Below the root; no key can begin with a dot. */
export const TEMPORARY = '.tmp'

/** A put takes milliseconds. A file this old has no writer, or one so slow that it may as well begin again. */
const ABANDONED_MS = 10 * 60_000

const HOST = hostname().replaceAll(/[^A-Za-z0-9-]/g, '_')
const NAME = /^([A-Za-z0-9_-]+)\.(\d+)\.[0-9a-f-]{36}$/

/** Writes the bytes durably under a name that nobody else has; answers the path. */
export async function writeTemporary(root: string, body: Uint8Array): Promise<string> {
  const path = join(root, TEMPORARY, `${HOST}.${process.pid}.${randomUUID()}`)
  const handle = await open(path, 'wx', 0o600)
  try {
    await handle.writeFile(body)
    await handle.sync()
  } catch (error) {
    // On a full disk each attempt would leave a piece behind, and take the room that was made.
    await unless(['ENOENT'], unlink(path), undefined)
    throw error
  } finally {
    await handle.close()
  }
  return path
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // Anything but "no such process" means that there is one, only not ours.
    return !(error instanceof Error && 'code' in error && error.code === 'ESRCH')
  }
}

/**
 * Removes what killed writers left behind. A name tells host and process, so on one host a dead writer is known at once; where
 * a process number says nothing (another host, another container, a number in use again) only old files go. A wrong guess
 * does no harm: a writer whose file is gone writes it again.
 */
export async function removeAbandoned(root: string): Promise<void> {
  for (const name of await readdir(join(root, TEMPORARY))) {
    const [, host, pid] = NAME.exec(name) ?? []
    const path = join(root, TEMPORARY, name)
    const isDead = host === HOST && !isRunning(Number(pid))
    const modifiedAtMs = (await unless(['ENOENT'], stat(path), null))?.mtimeMs ?? 0
    if (isDead || Date.now() - modifiedAtMs > ABANDONED_MS) await unless(['ENOENT'], unlink(path), undefined)
  }
}
