import { cpSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, onTestFinished, test } from 'vitest'
import { keysOf, object } from '../contract/fixture.ts'
import { killedPut, speechIn } from '../contract/killed-put.ts'
import { openDirectoryStore } from '../directory.ts'
import type { ObjectStore } from '../port.ts'
import type { SweepTimes } from './sweep.ts'

const directory = mkdtempSync(join(tmpdir(), 'killed-put-'))
afterAll(() => rmSync(directory, { recursive: true }))

let roots = 0
const newRoot = () => join(directory, `root-${++roots}`)

async function opened(root: string, times: SweepTimes = {}): Promise<ObjectStore> {
  const store = await openDirectoryStore({ root, ...times })
  onTestFinished(() => store.close())
  return store
}

const LONG = 'o'.repeat(128)
const KEYS = [
  ['an ordinary key', 'recordings/acme/ann/rec-1/00000.wav'],
  ['a key of the longest ids', `recordings/${LONG}/${LONG}/${LONG}/00000.wav`],
] as const

const temporaryNames = (root: string): string[] => readdirSync(join(root, '.tmp')).toSorted()

/** Makes the only temporary file one of another writer: on `host`, or here, a process with this number that began at another time. */
function writtenBy(root: string, writer: { host?: string; pid?: number }): string {
  const [name = ''] = temporaryNames(root)
  const [host = '', pid = '', , ...rest] = name.split('.')
  const other = [writer.host ?? host, writer.pid ?? pid, '0123456789ab', ...rest].join('.')
  renameSync(join(root, '.tmp', name), join(root, '.tmp', other))
  return other
}

/** A clock and a timer that are set by hand. */
function stepped() {
  const timers = new Set<{ atMs: number; ms: number; callback: () => void }>()
  let nowMs = Date.parse('2030-01-01')
  return {
    timers,
    clock: () => nowMs,
    every(ms: number, callback: () => void) {
      const timer = { atMs: nowMs + ms, ms, callback }
      timers.add(timer)
      return () => void timers.delete(timer)
    },
    step(ms: number) {
      nowMs += ms
      for (const timer of timers) {
        if (timer.atMs > nowMs) continue
        timer.atMs += timer.ms
        timer.callback()
      }
    },
  }
}

test.each(KEYS)('bytes of a killed put remain until they are deleted, whether they have their key already or not: %s', async (_, key) => {
  const root = newRoot()
  const store = await opened(root)
  const folder = key.slice(0, key.lastIndexOf('/') + 1)
  for (const hasKey of [false, true]) {
    await killedPut(root, store, key, { hasKey })
    expect(speechIn(root)).toBe(hasKey ? 2 : 1)
    for (const prefix of ['', 'recordings/', folder.slice(0, -2), folder]) expect(await store.remains({ prefix })).toEqual({ keys: [key], next: null })
    for (const asked of [{ prefix: 'recordings/acme/bob/' }, { prefix: '', after: key }]) expect((await store.remains(asked)).keys).toEqual([])
    expect(await keysOf(store, '')).toEqual(hasKey ? [key] : [])
    expect(await store.deleteMany([key])).toEqual([{ key, deleted: true, found: true }])
    expect(speechIn(root)).toBe(0)
    expect(await store.remains({ prefix: '' })).toEqual({ keys: [], next: null })
    expect(await store.deleteMany([key])).toEqual([{ key, deleted: true, found: false }])
  }
  expect(await store.putIfAbsent(object(key, 'speech'))).toEqual({ kind: 'written' })
  expect(temporaryNames(root)).toEqual([])
})

test('a delete takes the bytes of killed puts under its own keys alone', async () => {
  const root = newRoot()
  const store = await opened(root)
  for (const key of ['r/1/a', 'r/1/b', 'r/1/b']) await killedPut(root, store, key)
  await store.deleteMany(['r/1/b', 'r/1'])
  expect(await store.remains({ prefix: '' })).toEqual({ keys: ['r/1/a'], next: null })
  expect(speechIn(root)).toBe(1)
})

test.each([1, 2, 3, 5, 6, 7])('what remains of killed puts stands in its place among objects, each key once: pages of %i', async (limit) => {
  const root = newRoot()
  const store = await opened(root)
  for (const key of ['r/b', 'r/d']) await store.putIfAbsent(object(key, 'x'))
  for (const key of ['r/a', 'r/c', 'r/e']) await killedPut(root, store, key)
  await killedPut(root, store, 'r/f', { hasKey: true })
  const keys: string[] = []
  for (let after: string | null = ''; after !== null;) {
    const page = await store.remains({ prefix: 'r/', after, limit })
    expect(page.keys.length).toBeLessThanOrEqual(limit)
    keys.push(...page.keys)
    after = page.next
  }
  expect(keys).toEqual(['r/a', 'r/b', 'r/c', 'r/d', 'r/e', 'r/f'])
})

test.each(KEYS)('a container that is started again, with host and process number as before, removes what it left: %s', async (_, key) => {
  const root = newRoot()
  const store = await opened(root)
  await killedPut(root, store, key)
  await opened(root)
  expect(speechIn(root)).toBe(1)
  writtenBy(root, {})
  await opened(root)
  expect(temporaryNames(root)).toEqual([])
})

test('opening keeps the temporary files of living writers and of strangers, unless they are old', async () => {
  const root = newRoot()
  const aside = `${root}-aside`
  mkdirSync(aside)
  const { clock, every } = stepped()
  const store = await opened(root)
  const leave = async (writer: { host?: string; pid: number }, ageMs: number) => {
    await killedPut(root, store, 'r/a')
    const name = writtenBy(root, writer)
    renameSync(join(root, '.tmp', name), join(aside, name))
    utimesSync(join(aside, name), (clock() - ageMs) / 1000, (clock() - ageMs) / 1000)
    return name
  }
  // Above the largest process number Linux gives.
  const pid = 4_194_999
  const kept = [await leave({ pid: process.ppid }, 0), await leave({ host: 'ffffffff', pid }, 9 * 60_000)]
  await leave({ host: 'ffffffff', pid }, 10 * 60_000)
  await leave({ pid }, 0)
  cpSync(aside, join(root, '.tmp'), { recursive: true, preserveTimestamps: true })
  expect(temporaryNames(root)).toHaveLength(4)
  await opened(root, { clock, every })
  expect(temporaryNames(root)).toEqual(kept.toSorted())
})

test('a store that stays open removes, until it is closed, what may have had a living writer ten minutes before', async () => {
  const root = newRoot()
  const { clock, every, step, timers } = stepped()
  const store = await opened(root, { clock, every })
  for (const name of ['first', 'second']) {
    const path = join(root, '.tmp', name)
    writeFileSync(path, 'speech')
    utimesSync(path, clock() / 1000, clock() / 1000)
    step(9 * 60_000)
    expect(temporaryNames(root)).toEqual([name])
    step(60_000)
    await expect.poll(() => temporaryNames(root)).toEqual([])
  }
  await store.close()
  expect(timers.size).toBe(0)
})
