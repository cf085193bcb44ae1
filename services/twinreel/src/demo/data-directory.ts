import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { unusableDataDir } from '../catalog-file.ts'
import { CommandError, usageError } from '../command-error.ts'
import { makeDirectory } from '../make-directory.ts'
import { serveStatus } from '../serve-lock.ts'

const MARK = 'twinreel-demo.txt'

/**
 * A fresh data directory, `data/demo` unless another is named; answers its path. What is in it goes if an earlier demo made it; any other directory that
 * is not empty is refused.
 */
export function freshDataDirectory(given?: string): string {
  const dataDir = resolve(given ?? 'data/demo')
  try {
    makeFresh(dataDir)
  } catch (error) {
    throw error instanceof CommandError ? error : unusableDataDir(dataDir, error)
  }
  return dataDir
}

function makeFresh(dataDir: string): void {
  const isMade = existsSync(dataDir)
  if (isMade && readdirSync(dataDir).length > 0) {
    if (!existsSync(join(dataDir, MARK))) {
      throw usageError(
        `${dataDir} is not empty, and no demo made it: the demo empties the directory it runs in`,
        'name another one with --data, or leave it out for ./data/demo',
      )
    }
    if (serveStatus(dataDir).running)
      throw usageError(`a serve is running on ${dataDir}`, 'stop it with `twinreel stop`, or name another directory with --data')
    for (const name of readdirSync(dataDir)) rmSync(join(dataDir, name), { recursive: true, force: true })
  }
  makeDirectory(dataDir)
  writeFileSync(join(dataDir, MARK), 'Made by the demo. The next one on this directory deletes everything in it.\n')
}
