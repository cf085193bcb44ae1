import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { openCatalog, type Catalog } from '@twinreel/catalog/open'
import { openDirectoryStore } from '@twinreel/object-store/directory'
import { StoreError, type ObjectStore } from '@twinreel/object-store/port'
import { silentLogger } from '@twinreel/service/log'
import { generatePlans } from '@twinreel/simulator/generate'
import { simulate } from '@twinreel/simulator/simulate'
import { checkRecordings } from '@twinreel/oracle/check-recordings'
import { filesBelow } from '@twinreel/oracle/files'
import { openEngines } from '@twinreel/twinreel/engines'
import { recordWith } from '@twinreel/twinreel/record-with'
import { documentOf, startServe, twinreel } from '@twinreel/twinreel/testing/run-command'
import { describe, expect, test } from 'vitest'
import { temporaryDirectory } from '../support/directories.ts'
import { fill, NO_MOUNTS, smallDisk } from '../support/machine.ts'
import { hashesBelow } from '../support/objects.ts'
import { ONE_KEY } from '../support/signing.ts'

const skipped = NO_MOUNTS === null ? '' : ` (skipped: ${NO_MOUNTS})`

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** Why the process is not ready, by check. */
async function reasons(port: number): Promise<Record<string, string>> {
  const { checks } = (await (await fetch(`http://127.0.0.1:${port}/readyz`)).json()) as { checks: Record<string, { ok: boolean; reason: string | null }> }
  return Object.fromEntries(Object.entries(checks).flatMap(([name, { ok, reason }]) => (ok ? [] : [[name, reason ?? '']])))
}

function liveRecordings(catalog: Catalog): Promise<number> {
  return catalog.db
    .selectFrom('recordings')
    .select('recording_id')
    .where('status', '=', 'recording')
    .execute()
    .then(({ length }) => length)
}

/** What the oracle has to say about everything recorded in a data directory. */
async function findings(dataDir: string, truthDir: string, catalog: Catalog): Promise<{ recordings: number; findings: unknown[] }> {
  const recordings = await catalog.db
    .selectFrom('recordings')
    .select(['recording_id as recordingId', 'call_id as callId', 'owner_id as ownerId', 'ordinal', 'status'])
    .execute()
  const gone = new Set(recordings.filter(({ status }) => status === 'purged').map(({ recordingId }) => recordingId))
  const files = filesBelow(join(dataDir, 'objects'))
  // The journal beside them is no recording's.
  const objects = { ...files, list: async () => (await files.list()).filter((path) => !path.startsWith('journal/')) }
  return { recordings: recordings.length, findings: await checkRecordings({ truthDir, objects, recordings, gone }) }
}

const CALLS = ['--seed', '61', '--calls', '20', '--users', '12', '--speed', 'real', '--call-seconds', '20']

describe.skipIf(NO_MOUNTS !== null)(`a full disk${skipped}`, () => {
  test('keeps every command from starting, which says so in one line and what to do; with room again all of them work', async () => {
    const disk = smallDisk(join(temporaryDirectory(), 'full'), '24m')
    const free = fill(disk)
    for (const args of [
      ['serve'],
      ['simulate', '--seed', '1', '--calls', '1', '--users', '2'],
      ['orgs', 'enable', 'acme', '--name', 'Acme', '--partner', 'carrier'],
      ['demo'],
    ]) {
      const dataDir = join(disk, args[0] ?? '')
      const { exitCode, stdout, stderr } = await twinreel(...args, '--data', dataDir)
      expect({ args, exitCode, stdout }).toEqual({ args, exitCode: 3, stdout: '' })
      const told = stderr.split('\n').filter((line) => /^(?:error|  next): /.test(line))
      expect(told).toEqual([
        expect.stringMatching(new RegExp(`^error: .*${dataDir}.*the disk is full`)),
        expect.stringMatching(/^  next: make room on that disk/),
      ])
    }
    free()
    for (const name of ['serve', 'simulate', 'orgs']) {
      const serve = await startServe(join(disk, name))
      serve.kill('SIGTERM')
      expect((await serve.ended).exitCode).toBe(0)
    }
  })

  test('that comes and goes under 20 live calls costs none of them a sample, and readiness names the directory meanwhile', async () => {
    const disk = smallDisk(join(temporaryDirectory(), 'log'), '64m')
    const [dataDir, truthDir, port] = [join(disk, 'data'), temporaryDirectory(), await freePort()]
    const serve = await startServe(dataDir, { TWINREEL_HTTP_PORT: String(port) })
    const catalog = await openCatalog({ path: join(dataDir, 'catalog.db') })
    const simulated = twinreel('simulate', ...CALLS, '--data', dataDir, '--truth', truthDir, '--json')
    await expect.poll(() => liveRecordings(catalog), { timeout: 30_000, interval: 50 }).toBeGreaterThanOrEqual(5)
    const free = fill(disk)
    await expect.poll(() => reasons(port), { timeout: 10_000, interval: 50 }).toMatchObject({ disk: expect.stringContaining(`the disk of ${dataDir} is full`) })
    // The log takes nothing while it has no room.
    const other = await twinreel('simulate', '--seed', '62', '--calls', '1', '--users', '2', '--speed', 'real', '--call-seconds', '1', '--data', dataDir)
    expect(other.exitCode).toBe(3)
    expect(other.stderr).toMatch(new RegExp(`^error: (?:event log|catalog) ${dataDir}/\\S+: the disk is full`, 'm'))
    free()
    expect((await simulated).exitCode, (await simulated).stderr).toBe(0)
    // Retention looks again within half a minute.
    await expect.poll(() => reasons(port), { timeout: 45_000, interval: 100 }).toEqual({})
    serve.kill('SIGTERM')
    expect((await serve.ended).exitCode).toBe(0)
    const checked = await findings(dataDir, truthDir, catalog)
    expect(checked.recordings).toBeGreaterThan(10)
    expect(checked.findings).toEqual([])
    expect(await documentOf(0, 'recordings', 'verify', '--data', dataDir)).toSatisfy((all: { ok: boolean }[]) => all.every(({ ok }) => ok))
    await catalog.close()
  }, 180_000)

  test('under the objects alone lets calls go on, and everything is in its place when there is room again', async () => {
    const [dataDir, truthDir] = [temporaryDirectory(), temporaryDirectory()]
    const disk = smallDisk(join(dataDir, 'objects'), '32m')
    const serve = await startServe(dataDir)
    const catalog = await openCatalog({ path: join(dataDir, 'catalog.db') })
    const free = fill(disk)
    const simulated = twinreel('simulate', ...CALLS, '--data', dataDir, '--truth', truthDir, '--json')
    await expect.poll(() => liveRecordings(catalog), { timeout: 30_000, interval: 50 }).toBeGreaterThanOrEqual(5)
    // Recordings whose calls are over and whose audio has no room.
    await expect.poll(() => serve.told(), { timeout: 60_000, interval: 100 }).toMatch(/ENOSPC.*the store did not take an object; trying again/)
    free()
    expect((await simulated).exitCode, (await simulated).stderr).toBe(0)
    serve.kill('SIGTERM')
    expect((await serve.ended).exitCode).toBe(0)
    const checked = await findings(dataDir, truthDir, catalog)
    expect(checked.recordings).toBeGreaterThan(10)
    expect(checked.findings).toEqual([])
    await catalog.close()
  }, 180_000)

  test('under the spool, while the store is away, only makes the recorder read no further', async () => {
    const undisturbed = await recordedWith(null)
    const disturbed = await recordedWith(join(smallDisk(join(temporaryDirectory(), 'spool'), '1m'), 'own'))
    expect(disturbed).toEqual(undisturbed)
  }, 60_000)
})

/** What is recorded while the store is down and the spool's disk fills; `null`: with neither. */
async function recordedWith(spoolDir: string | null): Promise<Record<string, string>> {
  const dataDir = temporaryDirectory()
  const engines = await openEngines({ dataDir })
  const inner = await openDirectoryStore({ root: join(dataDir, 'objects') })
  let isDown = spoolDir !== null
  const store: ObjectStore = {
    ...inner,
    putIfAbsent: (put) => (isDown ? Promise.reject(new StoreError('the store is down', { retriable: true })) : inner.putIfAbsent(put)),
  }
  let failures = 0
  const log = { ...silentLogger, error: () => void failures++ }
  const recorder = await recordWith({ ...engines, store }, log, { maxMemoryBytes: 2_000_000, maxWaitingBytes: 60_000_000, spoolDir, ...ONE_KEY })
  const { plans, people } = generatePlans({ seed: 31, calls: 12, users: 10, callSeconds: 65 })
  const simulated = simulate({ log: engines.eventLog, catalog: engines.catalog, plans, people, speed: 'max', seed: 31 })
  if (spoolDir !== null) {
    await expect.poll(() => recorder.stats().isFull, { timeout: 20_000, interval: 20 }).toBe(true)
    const { memoryBytes, spoolBytes } = recorder.stats()
    // Far from what may wait in all: it is the disk that holds it up.
    expect(memoryBytes + spoolBytes).toBeLessThan(12_000_000)
    isDown = false
  }
  await simulated
  expect(failures).toBe(0)
  await recorder.stop()
  await engines.close()
  return hashesBelow(join(dataDir, 'objects'))
}
