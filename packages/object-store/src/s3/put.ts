import { setTimeout as wait } from 'node:timers/promises'
import { PutObjectCommand } from '@aws-sdk/client-s3'
import { checkKey } from '../key.ts'
import { notBegun, type PutOptions, type PutOutcome, StoreError } from '../port.ts'
import { ask, type S3Connection, unlessAnswer } from './connection.ts'
import { hashObject, headOfObject, SHA256_METADATA } from './get.ts'
import type { S3Settings } from './settings.ts'

/** Each try loses against somebody who writes or deletes the same key just then. */
const TRIES = 5
const FIRST_PAUSE_MS = 20

function encryptionOf({ encryption }: S3Settings) {
  switch (encryption.kind) {
    case 'none':
      return {}
    case 's3':
      return { ServerSideEncryption: 'AES256' as const }
    case 'kms':
      // A bucket key: one request to the key service for many objects.
      return { ServerSideEncryption: 'aws:kms' as const, BucketKeyEnabled: true, ...(encryption.keyId === null ? {} : { SSEKMSKeyId: encryption.keyId }) }
  }
}

/** One request; the store refuses bytes that don't have the SHA-256. */
export function putCommand(settings: S3Settings, { key, body, sha256, contentType, mayBegin }: PutOptions, onlyIfAbsent: boolean): PutObjectCommand {
  const command = new PutObjectCommand({
    Bucket: settings.bucket,
    Key: key,
    Body: Buffer.from(body.buffer, body.byteOffset, body.byteLength),
    ContentLength: body.byteLength,
    ContentType: contentType,
    ChecksumSHA256: Buffer.from(sha256, 'hex').toString('base64'),
    Metadata: { [SHA256_METADATA]: sha256 },
    ...(onlyIfAbsent ? { IfNoneMatch: '*' } : {}),
    ...encryptionOf(settings),
  })
  if (mayBegin === undefined) return command
  // Innermost, after the signature, and again for each try of the SDK's own: nothing that takes time comes after it but the sending itself.
  command.middlewareStack.add(
    (next) => (args) => {
      if (!mayBegin()) throw notBegun()
      return next(args)
    },
    { step: 'deserialize', priority: 'low', name: 'mayBegin' },
  )
  return command
}

/** `null` when there is nothing, or no longer. */
async function existing(connection: S3Connection, key: string): Promise<PutOutcome | null> {
  const head = await headOfObject(connection, key)
  if (head === null) return null
  const sha256 = head.sha256 ?? (await hashObject(connection, key))
  return sha256 === null ? null : { kind: 'exists', sha256, sizeBytes: head.sizeBytes }
}

function checkPut({ key, sha256 }: PutOptions): void {
  checkKey(key)
  if (!/^[0-9a-f]{64}$/.test(sha256)) throw new StoreError(`object ${key}: ${JSON.stringify(sha256)} is no SHA-256 in hexadecimal`, { retriable: false })
}

/**
 * `If-None-Match: *` (RFC 9110, section 13.1.2): of two writers the store lets one through and refuses the other. An answer that got lost
 * is no harm: the next try finds the bytes of the first.
 */
export async function putIfAbsent(connection: S3Connection, put: PutOptions): Promise<PutOutcome> {
  checkPut(put)
  for (let tries = 0, pauseMs = FIRST_PAUSE_MS; tries < TRIES; tries++, pauseMs *= 2) {
    const command = putCommand(connection.settings, put, true)
    // Besides the conflict that S3 describes there are others that pass: versitygw can't put into a folder whose last object is just then
    // deleted. The last try tells what it was.
    const passing = tries + 1 < TRIES ? [409] : []
    const answer = await ask(
      connection,
      `object ${put.key}`,
      (client, options) =>
        unlessAnswer(
          passing,
          unlessAnswer(
            [412],
            client.send(command, options).then(() => 'written' as const),
            'exists' as const,
          ),
          'conflict' as const,
        ),
      put.signal,
    )
    if (answer === 'written') return { kind: 'written' }
    const outcome = answer === 'exists' ? await existing(connection, put.key) : null
    if (outcome !== null) return outcome
    await wait(pauseMs)
  }
  throw new StoreError(`object ${put.key}: ${TRIES} times somebody else wrote or deleted it while it was put`, { retriable: true })
}

/** For a store without conditional writes: looks, then puts. Safe only while nobody else writes this key. */
export async function lookThenPut(connection: S3Connection, put: PutOptions): Promise<PutOutcome> {
  checkPut(put)
  const outcome = await existing(connection, put.key)
  if (outcome !== null) return outcome
  await ask(connection, `object ${put.key}`, (client, options) => client.send(putCommand(connection.settings, put, false), options), put.signal)
  return { kind: 'written' }
}
