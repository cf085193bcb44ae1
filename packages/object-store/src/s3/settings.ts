/** Where the objects lie and how to get there. Plain data: nothing here is read from the environment. */
export interface S3Settings {
  bucket: string
  /** `http://host:port` of an S3-compatible store; `null`: Amazon S3 in `region`. */
  endpoint: string | null
  region: string
  /** The bucket in the path (`https://host/bucket/key`), which most self-hosted stores want, and not in the host name. */
  pathStyle: boolean
  /** Server-side encryption asked for with each put; `none` leaves it to the bucket's default. A `null` key is the account's own for S3. */
  encryption: { kind: 'none' } | { kind: 's3' } | { kind: 'kms'; keyId: string | null }
  /** `null`: the SDK's own chain (environment, shared files, web identity, instance or container role). */
  credentials: null | { accessKeyId: string; secretAccessKey: string }
  maxConnections: number
  /** For one operation in all: waiting for a connection, retries and the whole answer included. */
  requestTimeoutMs: number
}

/** For messages: the bucket and where it is looked for. */
export function placeOf({ bucket, endpoint, region }: S3Settings): string {
  return `S3 bucket ${bucket} at ${endpoint ?? `Amazon S3 in ${region}`}`
}
