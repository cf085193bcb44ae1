import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { killedPut, speechIn } from '@twinreel/object-store/contract/killed-put'
import { openDirectoryStore } from '@twinreel/object-store/directory'
import type { ObjectStore } from '@twinreel/object-store/port'
import { openS3Store } from '@twinreel/object-store/s3'
import { createBucket } from '@twinreel/object-store/s3/bucket'
import { SERVER } from '@twinreel/object-store/s3/testing'
import { DUE_MS, put, recordings, world } from './world.ts'

test('a delete that failed is a recording that is not gone, although nothing of it shows', async () => {
  const made = await world()
  await recordings(made, ['rec-1', 'rec-2'])
  made.clock.nowMs = DUE_MS
  const stuck = 'recordings/acme/ann/rec-1/00001.wav'
  const store: ObjectStore = {
    ...made.store,
    deleteMany: async (keys) =>
      (await made.store.deleteMany(keys)).map((outcome) =>
        outcome.key === stuck ? { key: stuck, deleted: false, error: 'no answer', retriable: true } : outcome,
      ),
  }
  expect(await made.run({ store })).toMatchObject({ purged: 1, failed: [{ recordingId: 'rec-1', key: stuck, error: 'no answer' }] })
  expect([await made.status('rec-1'), await made.status('rec-2')]).toEqual(['completed', 'purged'])
  expect(await made.run()).toMatchObject({ resumed: 1, purged: 1, failed: [] })
})

test('what lies hidden, and only a look for what remains shows, goes before anything is certified', async () => {
  const made = await world()
  await recordings(made, ['rec-1'])
  await put(made.store, 'recordings/acme/ann/rec-1/00000-0123456789abcdef.wav')
  made.clock.nowMs = DUE_MS
  const store: ObjectStore = { ...made.store, list: () => Promise.resolve({ objects: [], next: null }) }
  expect(await made.run({ store })).toMatchObject({ purged: 1, objects: 4 })
  expect(await made.keys()).toEqual([])
})

test('nothing of puts that were killed outlives the certificate, of known keys nor of others', async () => {
  const made = await world()
  const directory = mkdtempSync(join(tmpdir(), 'purge-proof-'))
  const root = join(directory, 'objects')
  const store = await openDirectoryStore({ root })
  onTestFinished(async () => {
    await store.close()
    rmSync(directory, { recursive: true })
  })
  await recordings(made, ['rec-1', 'rec-2'])
  for (const recordingId of ['rec-1', 'rec-2'])
    for (const name of ['00000.wav', '00001.wav', 'manifest.json']) await put(store, `recordings/acme/ann/${recordingId}/${name}`)
  for (const name of ['00001.wav', '00002.wav']) await killedPut(root, store, `recordings/acme/ann/rec-1/${name}`)
  await killedPut(root, store, 'recordings/acme/bob/rec-3/00000.wav')
  made.clock.nowMs = DUE_MS
  expect(await made.run({ store })).toMatchObject({ purged: 2, failed: [] })
  expect((await store.remains({ prefix: '' })).keys.filter((key) => key.startsWith('recordings/'))).toEqual(['recordings/acme/bob/rec-3/00000.wav'])
  expect(speechIn(root)).toBe(1)
})

describe.skipIf(SERVER.isMissing)('at the server of TWINREEL_TEST_S3', { timeout: 60_000 }, () => {
  test('versions that nobody may list are never certified as gone, also when they are kept since a moment ago', async () => {
    const made = await world()
    const { settings, remove } = await SERVER.bucket()
    const door = await doorTo(settings.endpoint ?? '')
    const store = await openS3Store({ ...settings, endpoint: door.endpoint })
    onTestFinished(async () => {
      await store.close()
      door.close()
      await remove()
    })
    await recordings(made, ['rec-1'])
    const prefix = 'recordings/acme/ann/rec-1/'
    for (const name of ['00000.wav', '00001.wav', 'manifest.json']) await put(store, prefix + name)
    await createBucket(settings, { versioned: true })
    door.refuses = true
    made.clock.nowMs = DUE_MS
    const { purged, failed } = await made.run({ store })
    expect(purged).toBe(0)
    expect(failed).toMatchObject([{ recordingId: 'rec-1', error: expect.stringContaining('it takes s3:ListBucketVersions') }])
    expect(await made.status('rec-1')).toBe('completed')
    door.refuses = false
    expect(await made.run({ store })).toMatchObject({ claimed: 1, purged: 1, failed: [] })
    expect(await store.remains({ prefix: 'recordings/' })).toEqual({ keys: [], next: null })
  })
})

/** The way to a server, on which listings of versions can be refused. */
async function doorTo(endpoint: string): Promise<{ endpoint: string; refuses: boolean; close(): void }> {
  const { hostname, port } = new URL(endpoint)
  const door = { endpoint: '', refuses: false, close: () => void server.close() }
  const server = createServer((asked, answer) => {
    if (door.refuses && /[?&]versions\b/.test(asked.url ?? '')) {
      answer.writeHead(403, { 'content-type': 'application/xml' })
      return void answer.end('<Error><Code>AccessDenied</Code><Message>said the test</Message></Error>')
    }
    const onward = request({ hostname, port, method: asked.method, path: asked.url, headers: asked.headers }, (given) => {
      answer.writeHead(given.statusCode ?? 502, given.headers)
      given.pipe(answer)
    })
    onward.on('error', () => answer.destroy())
    asked.pipe(onward)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  door.endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return door
}
