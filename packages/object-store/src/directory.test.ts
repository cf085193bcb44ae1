import { fork } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'
import { objectStoreContract } from './contract.ts'
import { keysOf, object } from './contract/fixture.ts'
import { openDirectoryStore } from './directory.ts'
import { StoreError } from './port.ts'

const directory = mkdtempSync(join(tmpdir(), 'object-store-'))
afterAll(() => rmSync(directory, { recursive: true }))

let roots = 0
const newRoot = () => join(directory, `root-${++roots}`)

const shared = newRoot()
objectStoreContract('a directory', async () => {
  const store = await openDirectoryStore({ root: shared })
  return { store, dispose: () => store.close() }
})

const WRITER = fileURLToPath(new URL('../test/writer.ts', import.meta.url))

test('a writer killed in the middle leaves whole objects, all it had reported, and no scraps', { timeout: 60_000 }, async () => {
  const root = newRoot()
  const child = fork(WRITER, [root], { execPath: process.execPath, execArgv: [] })
  const reported: string[] = []
  const enough = new Promise<void>((resolve) => {
    child.on('message', (key) => {
      if (typeof key === 'string') reported.push(key)
      if (reported.length === 150) resolve()
    })
  })
  await enough
  child.kill('SIGKILL')
  await once(child, 'exit')
  const store = await openDirectoryStore({ root })
  expect(readdirSync(join(root, '.tmp'))).toEqual([])
  const keys = await keysOf(store, '')
  expect(reported.filter((key) => !keys.includes(key))).toEqual([])
  for (const key of keys) {
    const n = Number(key.split('/').at(-1)) % 256
    const bytes = await store.get(key)
    expect(bytes).toEqual(new Uint8Array(1000 * n).fill(n))
  }
})

test('a writer whose temporary file is swept away writes it again', async () => {
  const root = newRoot()
  const store = await openDirectoryStore({ root })
  const swept = new Set<string>()
  const sweep = async () => {
    while (swept.size < 10) {
      for (const name of readdirSync(join(root, '.tmp'))) {
        swept.add(name)
        rmSync(join(root, '.tmp', name), { force: true })
      }
      await new Promise<void>((resolve) => setImmediate(resolve))
    }
  }
  const sweeping = sweep()
  let puts = 0
  for (; swept.size < 10; puts++) expect(await store.putIfAbsent(object(`a/${puts}`, `content ${puts}`))).toEqual({ kind: 'written' })
  await sweeping
  expect(await keysOf(store, 'a/')).toHaveLength(puts)
})

test('deleting the last object of a folder removes the folder, never the root', async () => {
  const root = newRoot()
  const store = await openDirectoryStore({ root })
  await store.putIfAbsent(object('recordings/org/owner/id/00000.wav', 'x'))
  await store.putIfAbsent(object('recordings/org/other/id/00000.wav', 'x'))
  await store.deleteMany(['recordings/org/owner/id/00000.wav'])
  expect(readdirSync(join(root, 'recordings/org'))).toEqual(['other'])
  await store.deleteMany(['recordings/org/other/id/00000.wav'])
  expect(readdirSync(root)).toEqual(['.tmp'])
})

test('objects are plain files with the content alone, for their owner alone', async () => {
  const root = newRoot()
  const store = await openDirectoryStore({ root })
  await store.putIfAbsent(object('recordings/a.wav', 'x'))
  expect(readdirSync(join(root, 'recordings'))).toEqual(['a.wav'])
  expect(statSync(join(root, 'recordings/a.wav')).mode & 0o077).toBe(0)
  expect(statSync(join(root, 'recordings')).mode & 0o077).toBe(0)
})

test('a listing leaves out what is no object, and no prefix leads out of the root', async () => {
  const root = newRoot()
  const store = await openDirectoryStore({ root })
  await store.putIfAbsent(object('a/b', 'x'))
  writeFileSync(join(root, 'a/.DS_Store'), 'x')
  symlinkSync(directory, join(root, 'a/link'))
  expect(await keysOf(store, '')).toEqual(['a/b'])
  for (const prefix of ['../', '.tmp/', '/', 'a//', 'a/../']) expect(await keysOf(store, prefix)).toEqual([])
})

test('a symbolic link is no object: it is neither read, nor written to, nor deleted, and it remains', async () => {
  const root = newRoot()
  const store = await openDirectoryStore({ root })
  const elsewhere = join(directory, `elsewhere-${roots}`)
  mkdirSync(join(elsewhere, 'folder'), { recursive: true })
  for (const name of ['file', 'folder/c']) writeFileSync(join(elsewhere, name), 'speech')
  await store.putIfAbsent(object('r/a', 'x'))
  symlinkSync(join(elsewhere, 'file'), join(root, 'r/b'))
  symlinkSync(join(elsewhere, 'folder'), join(root, 'r/folder'))
  const why = 'a symbolic link stands there or above it, which is no object'
  for (const refused of [() => store.head('r/b'), () => store.get('r/b'), () => store.putIfAbsent(object('r/b', 'y'))])
    await expect(refused()).rejects.toThrow(`object r/b: ${why}`)
  expect(await store.deleteMany(['r/a', 'r/b', 'r/folder/c'])).toEqual([
    { key: 'r/a', deleted: true, found: true },
    ...['r/b', 'r/folder/c'].map((key) => ({ key, deleted: false, error: expect.stringContaining(why), retriable: false })),
  ])
  expect(await store.remains({ prefix: 'r/' })).toEqual({ keys: ['r/b', 'r/folder'], next: null })
  expect(new Set(readdirSync(elsewhere, { recursive: true, encoding: 'utf8' }))).toEqual(new Set(['file', 'folder', 'folder/c']))
})

test('a root that is itself a link to another disk is one like any other', async () => {
  const root = newRoot()
  mkdirSync(`${root}-disk`)
  symlinkSync(`${root}-disk`, root)
  const store = await openDirectoryStore({ root })
  await store.putIfAbsent(object('a/b', 'x'))
  expect(await store.deleteMany(['a/b'])).toEqual([{ key: 'a/b', deleted: true, found: true }])
})

test('what is no object of ours remains all the same', async () => {
  const root = newRoot()
  const store = await openDirectoryStore({ root })
  await store.putIfAbsent(object('r/a', 'x'))
  writeFileSync(join(root, 'r/.nfs0001'), 'speech')
  expect((await store.remains({ prefix: '' })).keys).toEqual(['r/.nfs0001', 'r/a'])
})

test('nothing is deleted, and nothing is said to be gone, when another directory stands where the objects were', async () => {
  const root = newRoot()
  const store = await openDirectoryStore({ root })
  await store.putIfAbsent(object('a/b', 'x'))
  renameSync(root, `${root}-unmounted`)
  await expect(store.deleteMany(['a/b'])).rejects.toThrow(`object directory ${root} is gone`)
  mkdirSync(root)
  for (const refused of [() => store.deleteMany(['a/b']), () => store.remains({ prefix: '' })])
    await expect(refused()).rejects.toThrow(`object directory ${root} is another one than was opened`)
})

test('a key above or below another one is refused, not mistaken for it', async () => {
  const store = await openDirectoryStore({ root: newRoot() })
  await store.putIfAbsent(object('a/b', 'x'))
  await expect(store.putIfAbsent(object('a', 'x'))).rejects.toThrow('object a: there are objects below this key')
  await expect(store.putIfAbsent(object('a/b/c', 'x'))).rejects.toThrow('object a/b/c: a part of this key is an object itself')
})

test('a root that is gone is an error, and is not made anew in its place', async () => {
  const root = newRoot()
  const store = await openDirectoryStore({ root })
  rmSync(root, { recursive: true })
  await expect(store.putIfAbsent(object('a/b', 'x'))).rejects.toBeInstanceOf(StoreError)
  expect(existsSync(root)).toBe(false)
})

test('a root that cannot be a directory is named in the error', async () => {
  const root = newRoot()
  writeFileSync(root, 'a file')
  await expect(openDirectoryStore({ root })).rejects.toThrow(`object directory ${root}`)
})
