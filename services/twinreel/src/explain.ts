import { CommandError } from './command-error.ts'
import { EXIT, type ExitCode } from './exit-codes.ts'
import { machineTrouble } from './machine-trouble.ts'

export interface Explanation {
  exitCode: ExitCode
  /** What went wrong and where. */
  what: string
  /** What to do about it, where the error itself does not say. */
  next: string | null
}

/** Errors of a request that can't be granted, by name: importing their classes would load what a command may not need. */
const REFUSALS = new Set(['AccountError', 'AlreadySimulatedError', 'CatalogNotEmptyError', 'PlanError', 'ConfigError'])

/** What an error means for whoever typed the command. Whatever is not known to be the caller's doing is an engine's. */
export function explain(error: unknown): Explanation {
  if (error instanceof CommandError) return { exitCode: error.exitCode, what: error.message, next: error.next }
  if (!(error instanceof Error)) return { exitCode: EXIT.engine, what: String(error), next: null }
  if (REFUSALS.has(error.name)) return { exitCode: EXIT.usage, what: error.message, next: null }
  switch (error.name) {
    case 'NoRecorderError':
      return { exitCode: EXIT.engine, what: error.message, next: 'start one: `twinreel serve` on the same --data, or `twinreel recorder` on the same servers' }
    case 'ConfirmationError':
      return { exitCode: EXIT.checkFailed, what: error.message, next: 'run the command without --confirm to see what it would do now' }
    case 'PurgedError':
      return { exitCode: EXIT.checkFailed, what: error.message, next: 'its certificate says when and why: `twinreel retention certificate ID`' }
    case 'CatalogRebuildingError':
      return {
        exitCode: EXIT.checkFailed,
        what: error.message,
        next: 'wait for `twinreel catalog rebuild`; if it was broken off, run it again',
      }
    case 'WrongBucketError':
      return { exitCode: EXIT.checkFailed, what: error.message, next: nextOf(error) }
    case 'HaltError':
      return { exitCode: EXIT.checkFailed, what: error.message, next: 'look at `twinreel retention halts`; with --all also at those that are lifted' }
    case 'CaptureError':
    case 'UnsayableCallError':
      return { exitCode: EXIT.usage, what: error.message, next: null }
    case 'CaptureCallError':
      return { exitCode: 'kind' in error && error.kind === 'unknown-call' ? EXIT.usage : EXIT.checkFailed, what: error.message, next: nextOf(error) }
    case 'CaptureTooLargeError':
    case 'FoldError':
      return { exitCode: EXIT.checkFailed, what: error.message, next: null }
    case 'WrappingKeyError':
      return { exitCode: EXIT.usage, what: error.message, next: null }
    case 'JournalError':
      return { exitCode: EXIT.checkFailed, what: `journal: ${error.message}`, next: null }
    case 'CatalogOpenError':
    case 'LogError':
    case 'StoreError':
      return { exitCode: EXIT.engine, what: error.message, next: machineTrouble(error)?.next ?? null }
    default:
      return { exitCode: EXIT.engine, what: explainOther(error), next: machineTrouble(error)?.next ?? null }
  }
}

function nextOf(error: Error): string | null {
  return 'next' in error && typeof error.next === 'string' ? error.next : null
}

function explainOther(error: Error): string {
  // The log and the store name themselves in their errors; what comes from SQLite as it is, is the catalog's.
  if ('errcode' in error) return explainCatalog(error)
  if ('severity' in error && 'code' in error) return explainPostgres(error.message, String(error.code))
  if ('syscall' in error) return `the system refused: ${error.message}`
  return `unexpected: ${error.stack ?? error.message}`
}

function explainCatalog(error: Error): string {
  const where = 'path' in error && typeof error.path === 'string' ? `catalog ${error.path}` : 'catalog.db in the data directory'
  const trouble = machineTrouble(error)
  if (trouble !== null) return `${where}: ${trouble.what}`
  return `${where}: ${error.message}; check the disk; if the file is damaged, restore it from a backup, or put it aside and run \`twinreel catalog rebuild\`: the bucket holds what it takes`
}

/** What PostgreSQL says, by its code (https://www.postgresql.org/docs/current/errcodes-appendix.html). */
function explainPostgres(message: string, code: string): string {
  if (code === '42501') return `the database refuses it: ${message}; the command line works as the role that owns the tables (twinreel_migrator)`
  return `the database refuses it: ${message} (${code})`
}
