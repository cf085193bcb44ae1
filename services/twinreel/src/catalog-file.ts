import { accessSync, constants, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { engineError, usageError, type CommandError } from './command-error.ts'
import { machineTrouble } from './machine-trouble.ts'
import { makeDirectory } from './make-directory.ts'

const ANOTHER = 'name another directory with --data or TWINREEL_DATA'

/** Refuses a directory without a catalog that was ever written: a command that only looks must not make one out of a typing mistake or a loss. */
export function checkDataDir(dataDir: string): void {
  const state = stateOf(dataDir)
  switch (state) {
    case 'written':
      return
    case 'missing':
      if (holdsRecordings(dataDir)) throw lostCatalog(dataDir, state)
      throw usageError(
        `${dataDir} is no data directory: it holds no catalog.db`,
        'name another one with --data or TWINREEL_DATA, or begin one with `twinreel serve` or `twinreel orgs enable`',
      )
    case 'empty':
      throw lostCatalog(dataDir, state)
  }
}

/** Makes the directory where it is missing. Refuses one that holds recordings and no catalog that knows them: a new catalog would disown them all. */
export function makeDataDir(dataDir: string): void {
  try {
    makeDirectory(dataDir)
    accessSync(dataDir, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch (error) {
    throw unusableDataDir(dataDir, error)
  }
  const state = stateOf(dataDir)
  if (state !== 'written' && holdsRecordings(dataDir)) throw lostCatalog(dataDir, state)
}

function stateOf(dataDir: string): 'missing' | 'empty' | 'written' {
  const path = join(dataDir, 'catalog.db')
  try {
    if (statSync(path).size === 0) return 'empty'
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return 'missing'
    throw unusableDataDir(dataDir, error)
  }
  return hasSchema(path) ? 'written' : 'empty'
}

function hasSchema(path: string): boolean {
  let database: DatabaseSync | undefined
  try {
    database = new DatabaseSync(path, { readOnly: true, timeout: 0 })
    return database.prepare('select 1 from sqlite_schema limit 1').get() !== undefined
  } catch {
    // Damaged, or just being written: whoever opens it next waits, or says what is wrong.
    return true
  } finally {
    database?.close()
  }
}

function holdsRecordings(dataDir: string): boolean {
  try {
    return readdirSync(join(dataDir, 'objects/recordings')).length > 0
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false
    throw unusableDataDir(dataDir, error)
  }
}

function lostCatalog(dataDir: string, state: 'missing' | 'empty'): CommandError {
  const beside = holdsRecordings(dataDir) ? ', but objects/recordings beside it holds recordings' : ''
  return engineError(
    `catalog ${join(dataDir, 'catalog.db')} is ${state}${beside}`,
    state === 'missing' || beside !== ''
      ? `rebuild it with \`twinreel catalog rebuild\`, restore it from a backup, or ${ANOTHER}`
      : `restore it from a backup; where nothing was recorded yet, \`twinreel serve\` fills it`,
  )
}

/** What keeps a directory from being used as a data directory, and what to do about it. */
export function unusableDataDir(dataDir: string, error: unknown): CommandError {
  if (['EEXIST', 'ENOTDIR'].includes(String(codeOf(error)))) return usageError(`${dataDir} is no data directory: it is a file, or lies below one`, ANOTHER)
  const trouble = machineTrouble(error)
  if (trouble === null) return engineError(`data directory ${dataDir} can’t be used: ${messageOf(error)}`, ANOTHER, error)
  return engineError(`data directory ${dataDir}: ${trouble.what} (${messageOf(error)})`, `${trouble.next}; or ${ANOTHER}`, error)
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : null
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
