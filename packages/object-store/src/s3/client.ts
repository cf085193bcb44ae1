import { hash } from 'node:crypto'
import { S3Client } from '@aws-sdk/client-s3'
import { NodeHttpHandler } from '@smithy/node-http-handler'
import { collectAnswer } from './read-body.ts'
import type { S3Settings } from './settings.ts'

/** Once more for a connection that had gone stale; those who call try again by themselves. */
const ATTEMPTS = 2
const MOST_CONNECT_MS = 5_000

const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }

interface SignedRequest {
  headers: Record<string, string>
  body?: unknown
}

function isRequest(request: unknown): request is SignedRequest {
  return typeof request === 'object' && request !== null && 'headers' in request
}

/**
 * The signature covers the body by its SHA-256. A put comes with it, so it is not hashed a second time; a store compares both this
 * header and the checksum with what arrives.
 */
function signWithGivenHash(client: S3Client): void {
  client.middlewareStack.add(
    (next) => (args) => {
      const { input, request } = args
      if (isRequest(request) && 'ChecksumSHA256' in input && typeof input.ChecksumSHA256 === 'string') {
        request.headers['x-amz-content-sha256'] = Buffer.from(input.ChecksumSHA256, 'base64').toString('hex')
      }
      return next(args)
    },
    { step: 'build', name: 'signWithGivenHash' },
  )
}

/** A delete of many must carry a checksum. Every store knows this one; CRC32, the SDK's choice, many don't. */
function deleteWithMd5(client: S3Client): void {
  client.middlewareStack.add(
    (next, context) => (args) => {
      const { request } = args
      if (context['commandName'] === 'DeleteObjectsCommand' && isRequest(request)) {
        const md5 = md5Of(request.body)
        if (md5 !== null) {
          for (const name of Object.keys(request.headers)) {
            if (name.startsWith('x-amz-checksum-') || name === 'x-amz-sdk-checksum-algorithm') delete request.headers[name]
          }
          request.headers['content-md5'] = md5
        }
      }
      return next(args)
    },
    { step: 'build', priority: 'low', name: 'deleteWithMd5' },
  )
}

/** Base64; `null` where the machine's rules forbid MD5 (FIPS 140). */
function md5Of(body: unknown): string | null {
  if (typeof body !== 'string' && !(body instanceof Uint8Array)) return null
  try {
    return hash('md5', body, 'base64')
  } catch {
    return null
  }
}

/** A client that keeps its connections, says nothing on the console and reads no answer without a bound. */
export function s3Client(settings: S3Settings): S3Client {
  const { region, endpoint, pathStyle, credentials, maxConnections, requestTimeoutMs } = settings
  const client = new S3Client({
    region,
    ...(endpoint === null ? {} : { endpoint }),
    ...(credentials === null ? {} : { credentials }),
    forcePathStyle: pathStyle,
    maxAttempts: ATTEMPTS,
    retryMode: 'standard',
    // Puts carry their SHA-256, and whoever needs to be sure of what he reads hashes it: no further checksum on top.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    // With "Expect: 100-continue" (the default from 2 MiB) the handler takes a new connection for each put.
    expectContinueHeader: false,
    streamCollector: collectAnswer,
    requestHandler: new NodeHttpHandler({
      httpAgent: { keepAlive: true, maxSockets: maxConnections },
      httpsAgent: { keepAlive: true, maxSockets: maxConnections },
      connectionTimeout: Math.min(MOST_CONNECT_MS, requestTimeoutMs),
      socketAcquisitionWarningTimeout: requestTimeoutMs,
      logger: quiet,
    }),
  })
  signWithGivenHash(client)
  deleteWithMd5(client)
  return client
}
