import { afterAll, beforeAll, describe } from 'vitest'
import { objectStoreContract } from './contract.ts'
import type { MakeStore } from './contract/fixture.ts'
import { openS3Store } from './s3.ts'
import { OTHER_SERVER, SERVER, type TestServer } from './s3/testing.ts'

/** One bucket for all tests of a suite: each opens the store anew. */
function storesOn(server: TestServer, options: { versioned: boolean }): MakeStore {
  let bucket: Awaited<ReturnType<TestServer['bucket']>> | undefined
  beforeAll(async () => {
    bucket = await server.bucket(options)
  })
  afterAll(() => bucket?.remove(), 60_000)
  return async () => {
    if (bucket === undefined) throw new Error('there is no bucket outside a test')
    const store = await openS3Store(bucket.settings)
    return { store, dispose: () => store.close() }
  }
}

describe.skipIf(SERVER.isMissing)('the S3 server of TWINREEL_TEST_S3', () => {
  objectStoreContract('S3', storesOn(SERVER, { versioned: false }))
})

describe.skipIf(SERVER.isMissing)('the S3 server of TWINREEL_TEST_S3, where a bucket keeps versions', () => {
  objectStoreContract('S3 with versions', storesOn(SERVER, { versioned: true }))
})

describe.skipIf(OTHER_SERVER.isMissing)('the S3 server of TWINREEL_TEST_S3_OTHER', () => {
  // A program in Java: it orders keys as Java orders text.
  objectStoreContract('S3 elsewhere', storesOn(OTHER_SERVER, { versioned: false }), 'utf-16')
})
