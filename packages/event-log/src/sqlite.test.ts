import { fork } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, statSync, writeFileSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'
import { eventLogContract } from './contract.ts'
import { collect, newTopic, numbered, readAll, record, until } from './contract/fixture.ts'
import { LogError } from './port.ts'
import { openSqliteLog } from './sqlite.ts'

const directory = mkdtempSync(join(tmpdir(), 'event-log-'))
afterAll(() => rmSync(directory, { recursive: true }))

let files = 0
const newPath = () => join(directory, `${++files}.db`)

eventLogContract('SQLite, in a file', async () => {
  const path = newPath()
  let log = await openSqliteLog({ path })
  return {
    log,
    async reopen() {
      await log.close()
      log = await openSqliteLog({ path })
      return log
    },
    dispose: () => log.close(),
  }
})

eventLogContract('SQLite, in memory', async () => {
  const log = await openSqliteLog({ path: ':memory:' })
  return { log, reopen: async () => log, dispose: () => log.close() }
})

const PRODUCER = fileURLToPath(new URL('../test/producer.ts', import.meta.url))

/** Resolves when the process has ended well. */
async function produce(path: string, topic: string, name: string, calls: number, sizeBytes: number): Promise<void> {
  const child = fork(PRODUCER, [path, topic, name, String(calls), String(sizeBytes)], { execPath: process.execPath, execArgv: [] })
  const [code] = (await once(child, 'exit')) as [number | null]
  if (code !== 0) throw new Error(`the producer ${name} ended with ${code}`)
}

test('processes that create a log and append to it at the same time lose nothing and reorder nothing', { timeout: 60_000 }, async () => {
  const path = newPath()
  const names = numbered('process', 3)
  const producing = Promise.all(names.map((name) => produce(path, 'calls', name, 60, 5000)))
  const log = await openSqliteLog({ path })
  await log.ensureTopics([{ topic: 'calls', partitions: 2 }])
  const seen = await collect(log, { topic: 'calls' })
  for (const text of numbered('here', 100)) await log.append([record('calls', 'here', text)])
  await producing
  await until(() => expect(seen.batches.flatMap((batch) => batch.records)).toHaveLength(3 * 180 + 100))
  const records = seen.batches.flatMap((batch) => batch.records)
  for (const name of [...names, 'here']) {
    expect(records.filter(({ key }) => key === name).map(({ headers }) => headers.ce_id)).toEqual(numbered(name, name === 'here' ? 100 : 180))
  }
  expect(new Set(records.map(({ offset }) => offset)).size).toBe(records.length)
  const times = records.toSorted((a, b) => a.offset - b.offset).map(({ appendedAtMs }) => appendedAtMs)
  expect(times).toEqual(times.toSorted((a, b) => a - b))
  await log.close()
})

test('a process waits for another one that holds the lock, and says so when it lasts', async () => {
  const path = newPath()
  const log = await openSqliteLog({ path, busyTimeoutMs: 20 })
  const topic = await newTopic(log)
  const other = new DatabaseSync(path)
  other.exec('BEGIN IMMEDIATE')
  await expect(log.append([record(topic, 'key', 'in vain')])).rejects.toMatchObject({ retriable: true, message: expect.stringContaining(path) })
  expect(await readAll(log, topic)).toEqual([])
  other.exec('ROLLBACK')
  await log.append([record(topic, 'key', 'again')])
  expect(await readAll(log, topic)).toHaveLength(1)
  other.close()
  await log.close()
})

test('append times follow the clock given, and hold still while it goes back, also over a trim and a restart', async () => {
  const path = newPath()
  let nowMs = 5000
  const clock = () => nowMs
  let log = await openSqliteLog({ path, clock })
  const topic = await newTopic(log)
  const append = async () => (await log.append([record(topic, 'key', 'x')]))[0]
  expect((await append())?.appendedAtMs).toBe(5000)
  nowMs = 4000
  const held = await append()
  expect(held?.appendedAtMs).toBe(5000)
  await log.trim({ topic, partition: 0, beforeOffset: (held?.offset ?? 0) + 1, olderThanMs: 6000 })
  await log.close()
  log = await openSqliteLog({ path, clock })
  expect((await append())?.appendedAtMs).toBe(5000)
  nowMs = 7000
  expect((await append())?.appendedAtMs).toBe(7000)
  await log.close()
})

test('values of 50 MB pass a reader by without filling its memory', { timeout: 60_000 }, async () => {
  const log = await openSqliteLog({ path: newPath() })
  const topic = await newTopic(log)
  const value = new Uint8Array(50_000_000)
  for (let n = 0; n < 4; n++) await log.append([{ topic, key: 'key', headers: {}, value }])
  const before = process.memoryUsage().arrayBuffers
  const [range] = await log.ranges(topic)
  const batch = await log.read({ topic, partition: 0, fromOffset: range?.firstOffset ?? 0 })
  expect(batch.records.map((each) => [each.value, each.sizeBytes])).toEqual(numbered('value', 4).map(() => [null, 50_000_000]))
  const one = await log.read({ topic, partition: 0, fromOffset: range?.firstOffset ?? 0, maxValueBytes: 100_000_000 })
  expect(one.records).toHaveLength(1)
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(80_000_000)
  await log.close()
})

test('what was trimmed is gone from the file, not only from the tables', async () => {
  const path = newPath()
  const log = await openSqliteLog({ path })
  const topic = await newTopic(log)
  const [appended] = await log.append([record(topic, 'key', 'a secret word '.repeat(5000))])
  await log.trim({ topic, partition: 0, beforeOffset: (appended?.offset ?? 0) + 1, olderThanMs: Date.UTC(2200, 0, 1) })
  await log.close()
  expect(readFileSync(path).includes('a secret word')).toBe(false)
})

test('a log in a file is for its owner alone', async () => {
  const path = newPath()
  const log = await openSqliteLog({ path })
  for (const suffix of ['', '-wal']) expect(statSync(path + suffix).mode & 0o077).toBe(0)
  await log.close()
})

test('a closed log says that it is closed', async () => {
  const log = await openSqliteLog({ path: ':memory:' })
  await log.close()
  await log.close()
  await expect(log.identity()).rejects.toThrow('it is closed')
})

test('a file that is no log, a damaged one and a path that leads nowhere are named in the error', async () => {
  const text = newPath()
  writeFileSync(text, 'this is not a database '.repeat(100))
  await expect(openSqliteLog({ path: text })).rejects.toThrow(`event log ${text}: the file is not a SQLite database`)

  const foreign = newPath()
  const db = new DatabaseSync(foreign)
  db.exec('CREATE TABLE recipes (name TEXT)')
  db.close()
  await expect(openSqliteLog({ path: foreign })).rejects.toThrow(`event log ${foreign}: the file is a SQLite database, but not an event log`)

  const nowhere = join(directory, 'missing', 'log.db')
  await expect(openSqliteLog({ path: nowhere })).rejects.toThrow(`event log ${nowhere}: the file cannot be opened`)

  const damaged = newPath()
  const log = await openSqliteLog({ path: damaged })
  const topic = await newTopic(log)
  await log.append(numbered('message', 2000).map((each) => record(topic, each, each.repeat(50))))
  await log.close()
  const descriptor = openSync(damaged, 'r+')
  writeSync(descriptor, new Uint8Array(statSync(damaged).size - 100_000).fill(0xa5), 0, null, 100_000)
  closeSync(descriptor)
  const reading = openSqliteLog({ path: damaged }).then((opened) => readAll(opened, topic))
  await expect(reading).rejects.toThrow(`event log ${damaged}: the file is damaged`)
  await expect(reading).rejects.toBeInstanceOf(LogError)
})
