/** What of the machine keeps a file from being written or read. */
export interface MachineTrouble {
  what: string
  /** What to do about it. */
  next: string
}

const FULL: MachineTrouble = {
  what: 'the disk is full',
  next: 'make room on that disk; what was recorded is untouched, and what was under way goes on from the log',
}
const READ_ONLY: MachineTrouble = {
  what: 'it can’t be written to',
  next: 'mount its file system for writing, or let this user write to it',
}
const DENIED: MachineTrouble = {
  what: 'permission denied',
  next: 'run as the user that owns it, or let this user read and write it',
}

const BY_CODE: Readonly<Record<string, MachineTrouble>> = { ENOSPC: FULL, EDQUOT: FULL, EROFS: READ_ONLY, EACCES: DENIED, EPERM: DENIED }
/** Primary result codes: https://sqlite.org/rescode.html */
const BY_RESULT: Readonly<Record<number, MachineTrouble>> = { 3: DENIED, 8: READ_ONLY, 13: FULL }

/** Looks through an error and its causes; `null` when none of them is the machine’s. */
export function machineTrouble(error: unknown): MachineTrouble | null {
  // Bounded: nobody promises that causes end.
  for (let [cause, depth] = [error, 0]; cause instanceof Error && depth < 8; cause = cause.cause, depth++) {
    if ('errcode' in cause && typeof cause.errcode === 'number') return BY_RESULT[cause.errcode & 0xff] ?? null
    const known = 'code' in cause && typeof cause.code === 'string' ? BY_CODE[cause.code] : undefined
    if (known !== undefined) return known
  }
  return null
}
