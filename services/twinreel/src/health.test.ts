import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { StoreError, type ObjectStore } from '@twinreel/object-store/port'
import { scheduleRetention } from '@twinreel/retention/schedule'
import { silentLogger } from '@twinreel/service/log'
import { generatePlans } from '@twinreel/simulator/generate'
import { simulate } from '@twinreel/simulator/simulate'
import { expect, onTestFinished, test } from 'vitest'
import { openEngines } from './engines.ts'
import { startWithHealth } from './health.ts'
import { keyOfDirectory } from './keys/key-of-directory.ts'
import { recordWith } from './record-with.ts'
import type { Running } from './run-process.ts'
import { scratchDirectory } from './testing/scratch-directory.ts'

const HTTP = { host: '127.0.0.1', port: null }

/** A port that is free just now: 0 in the configuration means none. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** Everything in one process, with a store that can be taken away. */
async function observedProcess() {
  const engines = await openEngines({ dataDir: scratchDirectory() })
  let isDown = false
  const mayFail = <T>(work: () => Promise<T>): Promise<T> => (isDown ? Promise.reject(new StoreError('the store answers 503', { retriable: true })) : work())
  const store: ObjectStore = {
    ...engines.store,
    putIfAbsent: (put) => mayFail(() => engines.store.putIfAbsent(put)),
    list: (options) => mayFail(() => engines.store.list(options)),
  }
  const port = await freePort()
  const running = await startWithHealth({ http: { ...HTTP, port }, readyMaxLagMs: 60_000 }, 'serve', silentLogger, async (health) => {
    const told = health?.recorder()
    if (health === null || told === undefined) throw new Error('a port was asked for')
    const { onReport, onFailure } = health.retention(engines.catalog)
    const certifying = { signer: keyOfDirectory(engines.dataDir), role: 'serve', logRetentionMs: 72 * 3_600_000 }
    const retention = scheduleRetention({ catalog: engines.catalog, store, log: silentLogger, ...certifying, onReport, onFailure })
    const options = { observe: told.observe, onNotKept: retention.runSoon, maxMemoryBytes: 2_000_000, maxWaitingBytes: 4_000_000 }
    const recorder = await recordWith({ ...engines, store }, silentLogger, options)
    told.watch(recorder, engines.eventLog)
    health.started({ ...engines, store })
    await recorder.ready
    return { ready: recorder.ready, ends: [recorder.done], steps: [recorder, retention].map(({ stop }) => ({ name: 'service', stop })) }
  })
  onTestFinished(async () => {
    isDown = false
    for (const step of running.steps) await step.stop()
    await engines.close()
  })
  const get = async (path: string): Promise<{ status: number; body: string }> => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`)
    return { status: answer.status, body: await answer.text() }
  }
  return {
    calls(seed: number) {
      const { plans, people } = generatePlans({ seed, calls: 6, users: 6, callSeconds: 65 })
      return simulate({ log: engines.eventLog, catalog: engines.catalog, plans, people, speed: 'max', seed })
    },
    setDown: (down: boolean) => void (isDown = down),
    get,
    async ready(): Promise<{ ok: boolean; failing: Record<string, string | null> }> {
      const { ok, checks } = JSON.parse((await get('/readyz')).body) as { ok: boolean; checks: Record<string, { ok: boolean; reason: string | null }> }
      return { ok, failing: Object.fromEntries(Object.entries(checks).flatMap(([name, check]) => (check.ok ? [] : [[name, check.reason]]))) }
    },
    async sample(name: string): Promise<number> {
      const line = (await get('/metrics')).body.split('\n').find((candidate) => candidate.replace(/ [^ ]*$/, '') === name)
      return Number(line?.split(' ').at(-1))
    },
  }
}

test('what is recorded is told in metrics, and nobody’s id or number is', async () => {
  const process = await observedProcess()
  await process.calls(41)
  expect(await process.ready()).toEqual({ ok: true, failing: {} })
  const completed = await process.sample('twinreel_recorder_recordings_total{outcome="completed"}')
  expect(completed).toBeGreaterThan(0)
  expect(await process.sample('twinreel_recorder_end_to_manifest_seconds_count')).toBe(completed)
  const segments = await process.sample('twinreel_recorder_segments_total')
  expect(await process.sample('twinreel_recorder_puts_total{outcome="written"}')).toBeGreaterThanOrEqual(segments + completed)
  expect(await process.sample('twinreel_recorder_lag_messages{partition="0"}')).toBe(0)
  expect(await process.sample('twinreel_recorder_partitions_owned')).toBe(1)
  expect(await process.sample('twinreel_recorder_commit_seconds_count')).toBeGreaterThan(0)
  expect(await process.sample('twinreel_recorder_commit_seconds_sum')).toBeGreaterThanOrEqual(0)
  // One recording was not kept, and goes.
  await expect.poll(() => process.sample('twinreel_retention_recordings_total{outcome="purged"}')).toBe(1)
  expect(await process.sample('twinreel_retention_oldest_overdue_seconds')).toBe(0)
  const ours = (await process.get('/metrics')).body.split('\n').filter((line) => line.startsWith('twinreel_'))
  const values = ours.flatMap((line) => [...line.matchAll(/(\w+)="([^"]*)"/g)].filter(([, label]) => label !== 'le').map(([, , value]) => value))
  expect(values.filter((value) => !/^(?:\d{1,4}|[a-z][a-z-]*)$/.test(value ?? ''))).toEqual([])
})

test('while the store is away it says so, and that nothing more is read; when the store is back it is ready again', async () => {
  const process = await observedProcess()
  process.setDown(true)
  const calls = process.calls(42)
  await expect.poll(async () => Object.keys((await process.ready()).failing), { timeout: 20_000 }).toEqual(expect.arrayContaining(['store', 'room']))
  expect((await process.ready()).failing).toMatchObject({
    store: 'the store answers 503',
    room: expect.stringMatching(/^\d+ MiB of sealed audio wait for the store; the log is read no further$/) as string,
  })
  expect((await process.get('/readyz')).status).toBe(503)
  expect((await process.get('/healthz')).status).toBe(200)
  expect(await process.sample('twinreel_check_ok{check="store"}')).toBe(0)
  expect(await process.sample('twinreel_recorder_full')).toBe(1)
  expect(await process.sample('twinreel_recorder_waiting_bytes{place="spool"}')).toBeGreaterThan(0)
  expect(await process.sample('twinreel_recorder_puts_total{outcome="failed"}')).toBeGreaterThan(0)
  await expect.poll(() => process.sample('twinreel_recorder_journal_waiting_entries'), { timeout: 20_000 }).toBeGreaterThan(0)
  process.setDown(false)
  await calls
  // A run of retention that failed meanwhile stands until the next one, half a minute later.
  await expect.poll(process.ready, { timeout: 60_000 }).toEqual({ ok: true, failing: {} })
  expect(await process.sample('twinreel_recorder_waiting_bytes{place="spool"}')).toBe(0)
  await expect.poll(() => process.sample('twinreel_recorder_journal_waiting_entries'), { timeout: 20_000 }).toBe(0)
}, 150_000)

test('a port that is taken is a usage error that says what to set', async () => {
  const port = await freePort()
  const other = createServer().listen(port, '127.0.0.1')
  await new Promise((resolve) => other.once('listening', resolve))
  onTestFinished(() => void other.close())
  let isStarted = false
  const start = async (): Promise<Running> => {
    isStarted = true
    return { ready: Promise.resolve(), ends: [], steps: [] }
  }
  await expect(startWithHealth({ http: { ...HTTP, port }, readyMaxLagMs: 60_000 }, 'separate', silentLogger, start)).rejects.toMatchObject({
    exitCode: 2,
    message: expect.stringContaining(`127.0.0.1:${port}: the port is taken`) as string,
    next: expect.stringContaining('TWINREEL_HTTP_PORT') as string,
  })
  expect(isStarted).toBe(false)
})

test('a process says that it is alive and not ready while it starts, and nothing any more when it could not', async () => {
  const port = await freePort()
  let readiness: unknown
  const starting = startWithHealth({ http: { ...HTTP, port }, readyMaxLagMs: 60_000 }, 'separate', silentLogger, async () => {
    readiness = await (await fetch(`http://127.0.0.1:${port}/readyz`)).json()
    throw new Error('the catalog is away')
  })
  await expect(starting).rejects.toThrow('the catalog is away')
  expect(readiness).toEqual({ ok: false, checks: { start: { ok: false, reason: 'still starting' } } })
  await expect(fetch(`http://127.0.0.1:${port}/healthz`)).rejects.toThrow('fetch failed')
})

test('where no port is wanted nothing is told', async () => {
  const running = await startWithHealth({ http: HTTP, readyMaxLagMs: 60_000 }, 'serve', silentLogger, async (health) => {
    expect(health).toBeNull()
    return { ready: Promise.resolve(), ends: [], steps: [] }
  })
  expect(running.steps).toEqual([])
})
