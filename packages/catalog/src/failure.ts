import { primaryCode } from './sqlite.ts'

/** SQLite's busy, locked, I/O error and full (https://sqlite.org/rescode.html). */
const SQLITE_PASSING = new Set([5, 6, 10, 13])

/**
 * PostgreSQL's SQLSTATE codes (https://www.postgresql.org/docs/current/errcodes-appendix.html): serialization failure, deadlock, lock
 * not available, cancelled by a timeout, shut down, crashed, starting up, idle too long in a transaction, read-only (a server that was
 * just demoted), input/output error.
 */
const POSTGRES_PASSING = new Set(['40001', '40P01', '55P03', '57014', '57P01', '57P02', '57P03', '57P05', '25P03', '25006', '58030'])
/** Classes: connection exceptions and insufficient resources (disk full, out of memory, too many connections). */
const POSTGRES_PASSING_CLASSES = new Set(['08', '53'])

const NETWORK = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EAI_AGAIN',
  'ENOTFOUND',
  'ENETDOWN',
])

/** The driver has no codes for what it notices itself. */
const DRIVER = [
  'Connection terminated',
  'Client has encountered a connection error',
  'Client was closed and is not queryable',
  'timeout exceeded when trying to connect',
  'timeout expired',
  'Query read timeout',
]

/** Whether the same request may work a little later: the database is busy, away, or starting up, or its disk is full. */
export function isPassing(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const primary = primaryCode(error)
  if (primary !== null) return SQLITE_PASSING.has(primary)
  const code = codeOf(error)
  if (code !== null && (NETWORK.has(code) || POSTGRES_PASSING.has(code))) return true
  if (code !== null && /^[0-9A-Z]{5}$/.test(code) && POSTGRES_PASSING_CLASSES.has(code.slice(0, 2))) return true
  return DRIVER.some((text) => error.message.startsWith(text)) || (error.name === 'CatalogOpenError' && isPassing(error.cause))
}

/** Two transactions were in each other's way and the database undid this one as a whole: run again, it may well go through. */
export function isConflict(error: unknown): boolean {
  const code = codeOf(error)
  return code === '40001' || code === '40P01'
}

function codeOf(error: unknown): string | null {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null
}
