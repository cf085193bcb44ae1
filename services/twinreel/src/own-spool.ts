import { randomUUID } from 'node:crypto'
import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'

/**
 * A spool directory of this process's own below `dataDir`, which several recorders may share. What killed ones left, noise that nobody has the key to, is removed.
 * Should a pid mean another machine's process, that one folds the log again.
 */
export function ownSpool(dataDir: string): string {
  const root = join(dataDir, 'spool')
  mkdirSync(root, { recursive: true, mode: 0o700 })
  for (const name of readdirSync(root)) {
    const pid = Number(/^(\d+)-/.exec(name)?.[1])
    if (!isAlive(pid)) rmSync(join(root, name), { recursive: true, force: true })
  }
  return join(root, `${process.pid}-${randomUUID()}`)
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid === process.pid) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
