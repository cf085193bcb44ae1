import { DeleteObjectCommand, ListObjectVersionsCommand, PutBucketVersioningCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import { describe, expect, onTestFinished, test } from 'vitest'
import { keysOf, object } from '../contract/fixture.ts'
import { openS3Store } from '../s3.ts'
import { createBucket } from './bucket.ts'
import { s3Client } from './client.ts'
import { SERVER } from './testing.ts'

async function world(options: { versioned: boolean }) {
  const { settings, remove } = await SERVER.bucket(options)
  const client = s3Client(settings)
  const store = await openS3Store(settings)
  onTestFinished(async () => {
    await store.close()
    client.destroy()
    await remove()
  })
  const Bucket = settings.bucket
  return {
    settings,
    store,
    overwrite: (key: string, body: string) => client.send(new PutObjectCommand({ Bucket, Key: key, Body: body })),
    mark: (key: string) => client.send(new DeleteObjectCommand({ Bucket, Key: key })),
    suspend: () => client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Suspended' } })),
    /** Of each version and each delete marker its key. */
    async left(): Promise<string[]> {
      const { Versions = [], DeleteMarkers = [] } = await client.send(new ListObjectVersionsCommand({ Bucket }))
      return [...Versions, ...DeleteMarkers].map(({ Key = '' }) => Key).toSorted()
    },
  }
}

describe.skipIf(SERVER.isMissing)('a bucket that keeps versions, at the server of TWINREEL_TEST_S3', { timeout: 60_000 }, () => {
  test('is left with nothing by opening it', async () => {
    const { left } = await world({ versioned: true })
    expect(await left()).toEqual([])
  })

  test('loses every version of a deleted key, and its markers, and nothing else', async () => {
    const { store, overwrite, mark, left } = await world({ versioned: true })
    for (const key of ['r/a', 'r/a-b', 'r/b', 'r/c', 'alone', 'alone-not']) await store.putIfAbsent(object(key, 'first'))
    await overwrite('r/a', 'second')
    await overwrite('r/a', 'third')
    await mark('r/b')
    await overwrite('alone', 'second')
    const keys = ['r/a', 'r/b', 'r/missing', 'alone']
    expect(await store.deleteMany(keys)).toEqual(keys.map((key) => ({ key, deleted: true })))
    expect(await left()).toEqual(['alone-not', 'r/a-b', 'r/c'])
  })

  test('gets a key again after it was deleted', async () => {
    const { store } = await world({ versioned: true })
    for (const body of ['first', 'second']) {
      expect(await store.putIfAbsent(object('a', body))).toEqual({ kind: 'written' })
      expect(await store.deleteMany(['a'])).toEqual([{ key: 'a', deleted: true }])
    }
  })

  test('is emptied too when the versions are no longer kept', async () => {
    const { settings, store, overwrite, suspend, left } = await world({ versioned: true })
    await store.putIfAbsent(object('r/a', 'first'))
    await overwrite('r/a', 'second')
    await suspend()
    await overwrite('r/a', 'third')
    const later = await openS3Store(settings)
    onTestFinished(() => later.close())
    expect(await later.deleteMany(['r/a'])).toEqual([{ key: 'r/a', deleted: true }])
    expect(await left()).toEqual([])
  })

  test('is noticed when it was made to keep versions while the store was open', async () => {
    const { settings, store, left } = await world({ versioned: false })
    for (const key of ['r/a', 'r/b']) await store.putIfAbsent(object(key, 'x'))
    await createBucket(settings, { versioned: true })
    expect(await store.deleteMany(['r/a'])).toEqual([{ key: 'r/a', deleted: true }])
    expect(await left()).toEqual(['r/b'])
    expect(await keysOf(store, '')).toEqual(['r/b'])
  })

  test('shows what remains under a marker, which no listing of objects does', async () => {
    const { store, mark } = await world({ versioned: true })
    for (const key of ['r/a', 'r/b']) await store.putIfAbsent(object(key, 'x'))
    await mark('r/a')
    expect(await keysOf(store, 'r/')).toEqual(['r/b'])
    expect((await store.remains({ prefix: 'r/' })).keys.toSorted()).toEqual(['r/a', 'r/b'])
    await store.deleteMany(['r/a', 'r/b'])
    expect(await store.remains({ prefix: 'r/' })).toEqual({ keys: [], next: null })
  })

  test('shows each key once, however many versions and markers it has, and none that comes before where it begins', async () => {
    const { store, overwrite, mark } = await world({ versioned: true })
    for (const key of ['r/a', 'r/b', 'r/c', 'r/d']) await store.putIfAbsent(object(key, 'first'))
    await overwrite('r/b', 'second')
    await overwrite('r/b', 'third')
    await mark('r/c')
    const keysAfter = async (after: string) => (await store.remains({ prefix: 'r/', after })).keys.toSorted()
    expect(await keysAfter('r/')).toEqual(['r/a', 'r/b', 'r/c', 'r/d'])
    expect(await keysAfter('r/b')).toEqual(['r/c', 'r/d'])
  })
})
