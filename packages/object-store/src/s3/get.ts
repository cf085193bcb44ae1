import { createHash } from 'node:crypto'
import { GetObjectCommand, HeadObjectCommand } from '@aws-sdk/client-s3'
import { checkKey } from '../key.ts'
import { type ObjectHead, StoreError } from '../port.ts'
import { ask, type S3Connection, unlessAnswer } from './connection.ts'
import { discard, forEachChunk, readBytes } from './read-body.ts'

/** A segment has a few megabytes. Whoever put something larger beside them wants ranges of it. */
const MOST_AT_ONCE = 256 * 1024 * 1024

/** Under which the SHA-256 stands in the object's metadata, for stores that keep no checksums. */
export const SHA256_METADATA = 'sha256'

/** `null` for a checksum of parts (`…-3`), which says nothing about the whole. */
function sha256Of(checksum: string | undefined, metadata: Record<string, string> | undefined): string | null {
  const fromChecksum = checksum?.length === 44 ? Buffer.from(checksum, 'base64').toString('hex') : ''
  const known = [fromChecksum, metadata?.[SHA256_METADATA] ?? '']
  return known.find((hex) => /^[0-9a-f]{64}$/.test(hex)) ?? null
}

export async function headOfObject(connection: S3Connection, key: string): Promise<ObjectHead | null> {
  checkKey(key)
  const { bucket } = connection.settings
  const head = await ask(connection, `object ${key}`, (client, options) =>
    unlessAnswer([404], client.send(new HeadObjectCommand({ Bucket: bucket, Key: key, ChecksumMode: 'ENABLED' }), options), null),
  )
  if (head === null) return null
  const { ContentLength, LastModified, ChecksumSHA256, Metadata } = head
  if (ContentLength === undefined || LastModified === undefined) {
    throw new StoreError(`object ${key}: the store did not say its size and time`, { retriable: true })
  }
  return { key, sizeBytes: ContentLength, sha256: sha256Of(ChecksumSHA256, Metadata), modifiedAtMs: LastModified.getTime() }
}

interface Range {
  start: number
  endExclusive: number
}

/** As in RFC 9110, section 14.1.2: both ends belong to it. */
function headerOf({ start, endExclusive }: Range): string {
  return `bytes=${start}-${endExclusive === Infinity ? '' : endExclusive - 1}`
}

export async function readObject(connection: S3Connection, key: string, range?: Range): Promise<Uint8Array | null> {
  checkKey(key)
  const { start = 0, endExclusive = Infinity } = range ?? {}
  if (!Number.isSafeInteger(start) || start < 0 || !(endExclusive >= start)) {
    throw new StoreError(`object ${key}: there is no range from ${start} to ${endExclusive}`, { retriable: false })
  }
  // HTTP has no empty range.
  if (start === endExclusive) return (await headOfObject(connection, key)) === null ? null : new Uint8Array()
  const wanted = start === 0 && endExclusive === Infinity ? {} : { Range: headerOf({ start, endExclusive }) }
  const command = new GetObjectCommand({ Bucket: connection.settings.bucket, Key: key, ...wanted })
  return await ask(connection, `object ${key}`, async (client, options) => {
    const sent = client.send(command, options)
    const answer = await unlessAnswer(['NoSuchKey'], unlessAnswer([416], sent, 'beyond' as const), null)
    if (answer === null) return null
    // The range begins at the end of the object, or after it.
    if (answer === 'beyond') return new Uint8Array()
    const { Body, ContentLength, ContentRange } = answer
    if (ContentRange !== undefined && !ContentRange.startsWith(`bytes ${start}-`)) {
      discard(Body)
      throw new StoreError(`the store sent ${ContentRange} instead of the bytes from ${start}`, { retriable: true })
    }
    const bytes = await readBytes(Body, ContentLength, MOST_AT_ONCE)
    // A store that knows no ranges sends everything.
    return wanted.Range !== undefined && ContentRange === undefined ? bytes.slice(start, endExclusive) : bytes
  })
}

/** Reads it all, and keeps none of it. `null` when there is no such object. */
export async function hashObject(connection: S3Connection, key: string): Promise<string | null> {
  const command = new GetObjectCommand({ Bucket: connection.settings.bucket, Key: key })
  return await ask(connection, `object ${key}`, async (client, options) => {
    const answer = await unlessAnswer(['NoSuchKey'], client.send(command, options), null)
    if (answer === null) return null
    const sha256 = createHash('sha256')
    await forEachChunk(answer.Body, (chunk) => sha256.update(chunk))
    return sha256.digest('hex')
  })
}
