import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openDirectoryStore } from '@twinreel/object-store/directory'
import type { ObjectStore } from '@twinreel/object-store/port'
import { silentLogger } from '@twinreel/service/log'
import { expect, onTestFinished, test, vi } from 'vitest'
import type { WriteLease } from './partition-lease.ts'
import { openSpool } from './spool.ts'
import { storeWriter } from './store-writer.ts'

const lease: WriteLease = { isHeld: () => Promise.resolve(true), mayBegin: () => true, signal: () => new AbortController().signal }

test('audio that a full disk takes at last, offered to it by two partitions at once, comes back when the store does', async () => {
  const parent = await mkdtemp(join(tmpdir(), 'store-writer-'))
  onTestFinished(() => rm(parent, { recursive: true, force: true }))
  const directory = join(parent, 'spool')
  const bucket = await openDirectoryStore({ root: join(parent, 'objects') })
  let isAway = true
  const store: ObjectStore = { ...bucket, putIfAbsent: async (object) => (isAway ? Promise.reject(new Error('away')) : bucket.putIfAbsent(object)) }
  const wait = () => new Promise<void>((resolve) => void setImmediate(resolve))
  const spool = await openSpool(directory)
  const limits = { concurrency: 1, maxMemoryBytes: 0, maxWaitingBytes: 1_000 }
  const writer = storeWriter(store, { log: silentLogger, wait }, { ...limits, spool })
  onTestFinished(() => writer.stop())
  const write = (key: string) =>
    writer.write({ key, conflictKey: () => key, contentType: 'audio/wav', sizeBytes: key.length, lease, bytes: () => Buffer.from(key) })

  const first = write('first')
  await writer.room()
  // A directory that is gone takes as little as a full disk.
  await rm(directory, { recursive: true })
  const second = write('second')
  await vi.waitUntil(() => writer.isFull())
  await mkdir(directory)
  await Promise.all([writer.room(), writer.room()])
  isAway = false
  expect(await Promise.all([first, second])).toMatchObject([{ key: 'first' }, { key: 'second' }])
  expect(Buffer.from((await bucket.get('second')) ?? []).toString()).toBe('second')
})
