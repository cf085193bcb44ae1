import { randomUUID } from 'node:crypto'
import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { unusableDataDir } from './catalog-file.ts'
import { makeDirectory } from './make-directory.ts'

/**
 * A spool directory of this process's own below `dataDir`, which several recorders may share. What killed ones left, noise that nobody has the key to, is removed.
 * Should a pid mean another machine's process, that one folds the log again.
 */
export function ownSpool(dataDir: string): string {
  const root = join(dataDir, 'spool')
  try {
    makeDirectory(root, { mode: 0o700 })
    for (const name of readdirSync(root)) {
      const pid = Number(/^(\d+)-/.exec(name)?.[1])
      if (!isAlive(pid)) rmSync(join(root, name), { recursive: true, force: true })
    }
  } catch (error) {
    throw unusableDataDir(root, error)
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
