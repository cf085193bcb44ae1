import { randomUUID } from 'node:crypto'
import { createBucket, emptyAndDeleteBucket } from './bucket.ts'
import type { S3Settings } from './settings.ts'

/** A server that tests make buckets on: its variables name address and keys. Without them its tests are skipped. */
export interface TestServer {
  isMissing: boolean
  /** A new name for a bucket that is not there yet. */
  settings(): S3Settings
  /** Makes a bucket for these tests; `remove` deletes it with all that is in it. */
  bucket(options?: { versioned?: boolean; objectLock?: boolean }): Promise<{ settings: S3Settings; remove: () => Promise<void> }>
}

function serverOf(variable: string): TestServer {
  const endpoint = process.env[variable] ?? ''
  const accessKeyId = process.env[`${variable}_ACCESS_KEY`] ?? ''
  const secretAccessKey = process.env[`${variable}_SECRET_KEY`] ?? ''
  const settings = (): S3Settings => ({
    bucket: `twinreel-test-${randomUUID()}`,
    endpoint,
    region: 'us-east-1',
    pathStyle: true,
    encryption: { kind: 'none' },
    credentials: { accessKeyId, secretAccessKey },
    maxConnections: 50,
    requestTimeoutMs: 30_000,
  })
  return {
    isMissing: endpoint === '',
    settings,
    async bucket(options) {
      const made = settings()
      await createBucket(made, options)
      return { settings: made, remove: () => emptyAndDeleteBucket(made) }
    },
  }
}

/** One that keeps versions and passes everything. */
export const SERVER = serverOf('TWINREEL_TEST_S3')
/** One of another family. */
export const OTHER_SERVER = serverOf('TWINREEL_TEST_S3_OTHER')
