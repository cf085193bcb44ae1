import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { unless } from './failure.ts'
import { isOfDeadWriter, TEMPORARY } from './temporary.ts'

/** A put takes milliseconds. A file this old has no writer, or one so slow that it may as well begin again. */
const ABANDONED_MS = 10 * 60_000

export interface SweepTimes {
  /** Milliseconds UTC, compared with the file system's own times. */
  clock?: () => number
  /** Calls back again and again until what it answers is called; keeps no process alive. */
  every?: (ms: number, callback: () => void) => () => void
}

function everyMs(ms: number, callback: () => void): () => void {
  const timer = setInterval(callback, ms)
  timer.unref()
  return () => clearInterval(timer)
}

/**
 * Removes what killed writers left behind, now and, for those that may still live now, every ten minutes. Answers how to end that. A wrong guess
 * does no harm: a writer whose file is gone writes it again.
 */
export async function keepSwept(root: string, { clock = Date.now, every = everyMs }: SweepTimes): Promise<() => Promise<void>> {
  await removeAbandoned(root, clock())
  let sweeping = Promise.resolve()
  const stop = every(ABANDONED_MS, () => {
    // What can't be removed this time may be the next; no deletion relies on it.
    sweeping = sweeping.then(() => removeAbandoned(root, clock())).catch(() => undefined)
  })
  return () => {
    stop()
    return sweeping
  }
}

async function removeAbandoned(root: string, nowMs: number): Promise<void> {
  for (const name of await readdir(join(root, TEMPORARY))) {
    const path = join(root, TEMPORARY, name)
    const modifiedAtMs = (await unless(['ENOENT'], stat(path), null))?.mtimeMs ?? 0
    if (isOfDeadWriter(name) || nowMs - modifiedAtMs >= ABANDONED_MS) await rm(path, { recursive: true, force: true })
  }
}
