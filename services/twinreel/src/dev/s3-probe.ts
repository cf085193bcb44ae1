import { createHash, createHmac } from 'node:crypto'
import { systemClock } from '@twinreel/service/clock'
import type { ServerPlace } from './server-spec.ts'

export const S3_ACCESS_KEY = 'twinreel'
export const S3_REGION = 'us-east-1'

const TIMEOUT_MS = 5_000
const HEADERS = 'host;x-amz-content-sha256;x-amz-date'

/** Throws until the server answers a signed request. */
export async function probeS3(place: ServerPlace): Promise<void> {
  await signedRequest(place, 'GET', '/')
}

/** Makes the bucket where it is not there yet. */
export async function ensureBucket(place: ServerPlace, bucket: string): Promise<void> {
  await signedRequest(place, 'PUT', `/${bucket}`, /BucketAlreadyOwnedByYou/)
}

/** One request without a body, signed with AWS Signature Version 4. Throws when the answer is an error, unless it says `allowed`. */
async function signedRequest({ ports, secret }: ServerPlace, method: string, path: string, allowed?: RegExp): Promise<void> {
  const host = `127.0.0.1:${ports[0]}`
  const time = new Date(systemClock.now()).toISOString().replaceAll(/[-:]|\.\d+/g, '')
  const scope = `${time.slice(0, 8)}/${S3_REGION}/s3/aws4_request`
  const bodyHash = sha256('')
  const canonical = [method, path, '', `host:${host}`, `x-amz-content-sha256:${bodyHash}`, `x-amz-date:${time}`, '', HEADERS, bodyHash].join('\n')
  const toSign = ['AWS4-HMAC-SHA256', time, scope, sha256(canonical)].join('\n')
  const key = scope.split('/').reduce<string | Buffer>((previous, part) => hmac(previous, part), `AWS4${secret}`)
  const authorization = `AWS4-HMAC-SHA256 Credential=${S3_ACCESS_KEY}/${scope}, SignedHeaders=${HEADERS}, Signature=${hmac(key, toSign).toString('hex')}`
  const response = await fetch(`http://${host}${path}`, {
    method,
    headers: { authorization, 'x-amz-date': time, 'x-amz-content-sha256': bodyHash },
    signal: AbortSignal.timeout(TIMEOUT_MS),
  })
  const answer = await response.text()
  if (!response.ok && allowed?.test(answer) !== true) throw new Error(`${method} ${path} was answered with ${response.status}: ${answer.slice(0, 500)}`)
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
