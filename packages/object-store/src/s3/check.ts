import { HeadBucketCommand } from '@aws-sdk/client-s3'
import { StoreError } from '../port.ts'
import { ask, type S3Connection } from './connection.ts'
import { placeOf, type S3Settings } from './settings.ts'
import { askVersioning } from './versioning.ts'

/** From 15 minutes on S3 refuses requests, by the time in their signature. */
const MOST_SKEW_MS = 5 * 60_000

/** Throws a `StoreError` for settings that can't be right. */
export function checkSettings(settings: S3Settings): void {
  const { bucket, endpoint } = settings
  if (bucket === '') throw new StoreError('S3: no bucket is named', { retriable: false })
  if (bucket.endsWith('--x-s3')) {
    throw new StoreError(`S3 bucket ${bucket}: a directory bucket does not list its keys in order; use a general purpose bucket`, { retriable: false })
  }
  if (endpoint === null) return
  const url = URL.parse(endpoint)
  if (url === null || !['http:', 'https:'].includes(url.protocol) || url.username !== '' || url.password !== '') {
    throw new StoreError(`S3 bucket ${bucket}: the endpoint must be http(s)://HOST or http(s)://HOST:PORT, without user and password`, { retriable: false })
  }
}

/** Watches what the client is told about the time, by the answers' `Date` (RFC 9110, section 6.6.1). */
function watchClock({ client }: S3Connection, clock: () => number): () => number {
  let skewMs = 0
  client.middlewareStack.add(
    (next) => async (args) => {
      const sentMs = clock()
      const result = await next(args)
      const { response } = result
      if (typeof response === 'object' && response !== null && 'headers' in response) {
        const date = Date.parse((response.headers as Record<string, string>)['date'] ?? '')
        if (!Number.isNaN(date)) skewMs = (sentMs + clock()) / 2 - date
      }
      return result
    },
    { step: 'deserialize', priority: 'low', name: 'watchClock' },
  )
  return () => skewMs
}

/**
 * The first request: whether the store is there, takes the credentials and has the bucket, and whether the clocks agree. Answers whether
 * the bucket keeps versions, or once did.
 */
export async function checkBucket(connection: S3Connection, clock: () => number): Promise<{ keepsVersions: boolean }> {
  const place = placeOf(connection.settings)
  const skewMs = watchClock(connection, clock)
  try {
    const Bucket = connection.settings.bucket
    const versioning = await askVersioning(connection, place)
    if (versioning === 'unknown') await ask(connection, place, (client, options) => client.send(new HeadBucketCommand({ Bucket }), options))
    checkSkew(place, skewMs())
    return { keepsVersions: versioning === 'kept' }
  } catch (error) {
    checkSkew(place, skewMs())
    throw error
  } finally {
    connection.client.middlewareStack.remove('watchClock')
  }
}

/** The SDK would correct for it without a word, until a request fails for a reason nobody understands. */
function checkSkew(place: string, skewMs: number): void {
  if (Math.abs(skewMs) <= MOST_SKEW_MS) return
  const minutes = Math.round(Math.abs(skewMs) / 6_000) / 10
  const way = skewMs > 0 ? 'ahead of' : 'behind'
  throw new StoreError(`${place}: this machine’s clock is ${minutes} minutes ${way} the store’s; set both by NTP`, { retriable: false })
}
