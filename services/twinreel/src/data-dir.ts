import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { usageError } from './command-error.ts'

/** The embedded engines' directory: what was asked for, else `TWINREEL_DATA`, else `./data`. */
export function dataDirOf(given: string | undefined, env: Readonly<Record<string, string | undefined>>): string {
  const fromEnv = env['TWINREEL_DATA']
  return resolve(given ?? (fromEnv === undefined || fromEnv === '' ? 'data' : fromEnv))
}

/** Refuses a directory that holds no catalog: a command that only looks must not make an empty one out of a typing mistake. */
export function checkDataDir(dataDir: string): void {
  if (existsSync(join(dataDir, 'catalog.db'))) return
  throw usageError(
    `${dataDir} is no data directory: it holds no catalog.db`,
    'name another one with --data or TWINREEL_DATA, or begin one with `twinreel serve` or `twinreel orgs enable`',
  )
}
