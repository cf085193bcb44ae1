import type { S3Client } from '@aws-sdk/client-s3'
import { StoreError } from '../port.ts'
import { faultOf, toStoreError } from './failure.ts'
import type { S3Settings } from './settings.ts'

export interface S3Connection {
  settings: S3Settings
  client: S3Client
}

/**
 * Runs requests that belong together, within the time one operation may take. Every error becomes a `StoreError` that begins with `what`.
 * `signal` gives up earlier. The work must pass `options` on with each request: that is what ends it when the store hangs.
 */
export async function ask<T>(
  { client, settings }: S3Connection,
  what: string,
  work: (client: S3Client, options: { abortSignal: AbortSignal }) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  // Not AbortSignal.timeout: thousands of those that nobody waits for any more would stay in memory for the whole time.
  const deadline = new AbortController()
  const timer = setTimeout(() => deadline.abort(), settings.requestTimeoutMs)
  const giveUp = (): void => deadline.abort()
  signal?.addEventListener('abort', giveUp)
  if (signal?.aborted === true) giveUp()
  try {
    return await work(client, { abortSignal: deadline.signal })
  } catch (error) {
    if (signal?.aborted === true) throw new StoreError(`${what}: it was broken off`, { retriable: true })
    if (deadline.signal.aborted) {
      throw new StoreError(`${what}: the store did not answer within ${settings.requestTimeoutMs} ms`, { retriable: true })
    }
    throw toStoreError(what, error)
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', giveUp)
  }
}

const DENIED = new Set(['AccessDenied', 'AllAccessDisabled', 'Forbidden'])

/** Names the permission that is missing, if that is why the store refuses: whoever reads it knows what to allow. */
export async function needing<T>(permission: string, work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    const { code, status } = faultOf(error)
    if (!DENIED.has(code)) throw error
    throw new StoreError(
      `${status ?? 403} ${code} (the credentials are not allowed to do this; look at the permissions of their user or role, and of the bucket: it takes ${permission})`,
      { retriable: false },
    )
  }
}

/** Answers `otherwise` when the store says one of these statuses or codes. */
export async function unlessAnswer<T, U>(expected: readonly (number | string)[], work: Promise<T>, otherwise: U): Promise<T | U> {
  try {
    return await work
  } catch (error) {
    const { status, code } = faultOf(error)
    if (expected.includes(code) || (status !== null && expected.includes(status))) return otherwise
    throw error
  }
}
