import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe } from 'vitest'
import { objectStoreContract } from './contract.ts'
import type { KeyOrder } from './contract/list.ts'
import { openS3Store } from './s3.ts'
import { createBucket, emptyAndDeleteBucket } from './s3/bucket.ts'
import type { S3Settings } from './s3/settings.ts'

/** A server of the environment, with a bucket of its own; `null` when there is none. */
function settingsFrom(variable: string): S3Settings | null {
  const [endpoint, accessKeyId, secretAccessKey] = [variable, `${variable}_ACCESS_KEY`, `${variable}_SECRET_KEY`].map((name) => process.env[name])
  if (endpoint === undefined || accessKeyId === undefined || secretAccessKey === undefined) return null
  return {
    bucket: `contract-${randomUUID()}`,
    endpoint,
    region: 'us-east-1',
    pathStyle: true,
    encryption: { kind: 'none' },
    credentials: { accessKeyId, secretAccessKey },
    maxConnections: 50,
    requestTimeoutMs: 30_000,
  }
}

function contractOn(name: string, variable: string, bucket: { versioned: boolean; order?: KeyOrder }): void {
  const settings = settingsFrom(variable)
  if (settings === null) {
    describe.skip(`${name}: no server (${variable} is not set)`)
    return
  }
  describe(name, () => {
    beforeAll(() => createBucket(settings, bucket))
    afterAll(() => emptyAndDeleteBucket(settings), 60_000)
    objectStoreContract(
      name,
      async () => {
        const store = await openS3Store(settings)
        return { store, dispose: () => store.close() }
      },
      bucket.order,
    )
  })
}

contractOn('S3 (versitygw)', 'TWINREEL_TEST_S3', { versioned: false })
contractOn('S3 (versitygw), a bucket that keeps versions', 'TWINREEL_TEST_S3', { versioned: true })
contractOn('S3 (S3Proxy)', 'TWINREEL_TEST_S3_OTHER', { versioned: false, order: 'utf-16' })
