import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { cached, cacheEntry, cacheRoot } from './cache.ts'

function emptyRoot(): string {
  const root = mkdtempSync(join(tmpdir(), 'twinreel-'))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  return join(root, 'cache')
}

function visible(root: string): string[] {
  return readdirSync(root).filter((name) => !name.endsWith('.lock'))
}

test('an entry is made once and found afterwards', async () => {
  const root = emptyRoot()
  let made = 0
  const make = async (directory: string) => {
    made++
    writeFileSync(join(directory, 'program'), 'one')
  }
  expect(cached(root, 'kafka-1')).toBeNull()
  const path = await cacheEntry(root, 'kafka-1', make)
  expect(await cacheEntry(root, 'kafka-1', make)).toBe(path)
  expect(cached(root, 'kafka-1')).toBe(path)
  expect(readFileSync(join(path, 'program'), 'utf8')).toBe('one')
  expect(made).toBe(1)
})

test('of two that start at once, one makes it and the other waits', async () => {
  const root = emptyRoot()
  let made = 0
  let waited = 0
  const finished = Promise.withResolvers<void>()
  const make = async (directory: string) => {
    made++
    await finished.promise
    writeFileSync(join(directory, 'program'), 'one')
  }
  const second = () => {
    waited++
    finished.resolve()
  }
  const paths = await Promise.all([cacheEntry(root, 'kafka-1', make, second), cacheEntry(root, 'kafka-1', make, second)])
  expect(new Set(paths).size).toBe(1)
  expect(made).toBe(1)
  expect(waited).toBeGreaterThan(0)
})

test('what was only half made is not there', async () => {
  const root = emptyRoot()
  const fails = async (directory: string) => {
    writeFileSync(join(directory, 'program'), 'half')
    throw new Error('no network')
  }
  await expect(cacheEntry(root, 'kafka-1', fails)).rejects.toThrow('no network')
  expect(cached(root, 'kafka-1')).toBeNull()
  expect(visible(root)).toEqual([])
})

test('what a killed run left half made is cleared away', async () => {
  const root = emptyRoot()
  mkdirSync(join(root, '.kafka-1-abcdef'), { recursive: true })
  mkdirSync(join(root, '.versitygw-1-abcdef'), { recursive: true })
  await cacheEntry(root, 'kafka-1', async (directory) => writeFileSync(join(directory, 'program'), 'one'))
  expect(visible(root).toSorted()).toEqual(['.versitygw-1-abcdef', 'kafka-1'])
  expect(existsSync(join(root, 'kafka-1', 'program'))).toBe(true)
})

test('the cache lies where the system keeps caches, outside of every clone', () => {
  expect(cacheRoot({ XDG_CACHE_HOME: '/var/cache' })).toBe('/var/cache/twinreel/servers')
  expect(cacheRoot({ XDG_CACHE_HOME: '' })).toMatch(/\.cache\/twinreel\/servers$/)
})
