import { LogError } from '../port.ts'

// Primary result codes: https://sqlite.org/rescode.html
const BUSY = 5
const LOCKED = 6
const READONLY = 8
const CORRUPT = 11
const FULL = 13
const CANTOPEN = 14
const PROTOCOL = 15
const NOTADB = 26

/** The primary SQLite result code of what was thrown, or `null` when it is no error of SQLite's. */
function resultCode(error: unknown): number | null {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return null
  return error.errcode & 0xff
}

/** Whether another connection is in the way just now. */
export function isBusy(error: unknown): boolean {
  const code = resultCode(error)
  return code === BUSY || code === LOCKED || code === PROTOCOL
}

/** Says what went wrong with which file. A `LogError` passes unchanged. */
export function toLogError(path: string, error: unknown): LogError {
  if (error instanceof LogError) return error
  const reason = error instanceof Error ? error.message : String(error)
  const failed = (what: string, retriable: boolean) => new LogError(`event log ${path}: ${what}`, { retriable, cause: error })
  switch (resultCode(error)) {
    case BUSY:
    case LOCKED:
    case PROTOCOL:
      return failed('another process kept it locked for too long', true)
    case READONLY:
      return failed('the file can’t be written to; check its mode, and that its file system is mounted for writing', false)
    case FULL:
      return failed('the disk is full', true)
    case CORRUPT:
      return failed(`the file is damaged (${reason}); restore it from a backup or move it away to start a new log`, false)
    case NOTADB:
      return failed('the file is not a SQLite database; name another path or move it away', false)
    case CANTOPEN:
      return failed('the file cannot be opened; does its directory exist, and may this user write there?', false)
    default:
      return failed(reason, false)
  }
}
