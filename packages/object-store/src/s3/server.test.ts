import { PutObjectCommand } from '@aws-sdk/client-s3'
import { describe, expect, onTestFinished, test } from 'vitest'
import { bytesOf, keysOf, object, sha256Of } from '../contract/fixture.ts'
import { StoreError } from '../port.ts'
import { openS3Store } from '../s3.ts'
import { createBucket, emptyAndDeleteBucket } from './bucket.ts'
import { s3Client } from './client.ts'
import { OTHER_SERVER, SERVER, type TestServer } from './testing.ts'

async function world(server: TestServer) {
  const { settings, remove } = await server.bucket()
  const client = s3Client(settings)
  const store = await openS3Store(settings)
  onTestFinished(async () => {
    await store.close()
    client.destroy()
    await remove()
  })
  /** As some other program would. */
  const putRaw = (key: string, body = '') => client.send(new PutObjectCommand({ Bucket: settings.bucket, Key: key, Body: body, ContentLength: body.length }))
  return { settings, store, putRaw }
}

async function messageOf(work: Promise<unknown>): Promise<string> {
  const error = await work.catch((reason: unknown) => reason)
  if (!(error instanceof StoreError)) throw new Error('it should have failed with a StoreError', { cause: error })
  expect(error.retriable).toBe(false)
  return error.message
}

describe.skipIf(SERVER.isMissing || OTHER_SERVER.isMissing).each([
  { variable: 'TWINREEL_TEST_S3', server: SERVER },
  { variable: 'TWINREEL_TEST_S3_OTHER', server: OTHER_SERVER },
])('the S3 server of $variable', { timeout: 60_000 }, ({ server }) => {
  test('refuses second puts, and the probe leaves nothing behind', async () => {
    const { store } = await world(server)
    expect(store.conditionalWrites).toBe('enforced')
    expect(await keysOf(store, '')).toEqual([])
  })

  test('tells the SHA-256 of an object without reading it', async () => {
    const { store } = await world(server)
    await store.putIfAbsent(object('a', 'content'))
    expect((await store.head('a'))?.sha256).toBe(sha256Of(bytesOf('content')))
  })

  test('with objects of others is listed without those that no key of ours can name', async () => {
    const { store, putRaw } = await world(server)
    for (const key of ['r/', 'r/.hidden', 'r/a', 'r/b', 's/']) await putRaw(key)
    await putRaw('r/c', 'theirs')
    for (const limit of [1, 2, 1000]) expect(await keysOf(store, '', limit)).toEqual(['r/a', 'r/b', 'r/c'])
    expect(await keysOf(store, 's/', 1)).toEqual([])
    expect(await store.putIfAbsent(object('r/c', 'mine'))).toEqual({ kind: 'exists', sha256: sha256Of(bytesOf('theirs')), sizeBytes: 6 })
  })

  test('says so when the bucket is missing or the keys are wrong', async () => {
    const settings = server.settings()
    expect(await messageOf(openS3Store(settings))).toMatch(/^S3 bucket \S+ at \S+: 404 NoSuchBucket .*create it/)
    const { settings: there } = await world(server)
    const wrongId = { ...there, credentials: { accessKeyId: 'nobody', secretAccessKey: 'a-wrong-secret' } }
    expect(await messageOf(openS3Store(wrongId))).toMatch(/40[34] \w+ .*check access key and secret key/)
    const wrongSecret = { ...there, credentials: { accessKeyId: there.credentials?.accessKeyId ?? '', secretAccessKey: 'a-wrong-secret' } }
    const message = await messageOf(openS3Store(wrongSecret))
    expect(message).toMatch(/403 SignatureDoesNotMatch .*check access key and secret key/)
    expect(message).not.toContain('a-wrong-secret')
  })

  test('has a bucket made once, and deleted whole', async () => {
    const settings = server.settings()
    await createBucket(settings)
    await createBucket(settings)
    const store = await openS3Store(settings)
    onTestFinished(() => store.close())
    await store.putIfAbsent(object('r/a', 'x'))
    await emptyAndDeleteBucket(settings)
    await emptyAndDeleteBucket(settings)
    expect(await messageOf(openS3Store(settings))).toContain('NoSuchBucket')
  })
})
