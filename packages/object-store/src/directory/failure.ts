import { StoreError } from '../port.ts'

// A full disk may have room again, a network file system may come back.
const RETRIABLE = new Set(['ENOSPC', 'EDQUOT', 'EMFILE', 'ENFILE', 'EIO', 'EAGAIN', 'EBUSY', 'EINTR', 'ETIMEDOUT', 'ESTALE'])

/** The system's name for what failed (`ENOENT` …), or `null` when it is no system error. */
export function codeOf(error: unknown): string | null {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null
}

/** Says what could not be done with which object. A `StoreError` passes unchanged. */
export function toStoreError(what: string, error: unknown): StoreError {
  if (error instanceof StoreError) return error
  const code = codeOf(error)
  const reason = error instanceof Error ? error.message : String(error)
  return new StoreError(`${what}: ${reason}`, { retriable: code !== null && RETRIABLE.has(code), cause: error })
}

/** Runs the work; answers `otherwise` when it fails with one of the codes. */
export async function unless<T, U>(codes: readonly string[], work: Promise<T>, otherwise: U): Promise<T | U> {
  try {
    return await work
  } catch (error) {
    const code = codeOf(error)
    if (code !== null && codes.includes(code)) return otherwise
    throw error
  }
}
