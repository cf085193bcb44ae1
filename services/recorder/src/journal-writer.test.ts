import { enableOrganization } from '@twinreel/catalog/accounts/organizations'
import { memoryBucket, type MemoryBucket } from '@twinreel/catalog/contract/bucket'
import { openCatalog } from '@twinreel/catalog/open'
import { silentLogger } from '@twinreel/service/log'
import { openMetrics } from '@twinreel/service/metrics'
import { afterEach, expect, onTestFinished, test, vi } from 'vitest'
import { journalWriter } from './journal-writer.ts'
import { recorderMetrics } from './metrics.ts'
import { watchRecorder } from './readiness.ts'

const WAITING = 'twinreel_recorder_journal_waiting_entries'

afterEach(() => void vi.useRealTimers())

test('what waits for the journal is counted while the bucket does not take it, and after half a minute the recorder is not ready', async () => {
  vi.useFakeTimers({ toFake: ['performance'] })
  const catalog = await openCatalog({ path: ':memory:' })
  onTestFinished(() => catalog.close())
  const bucket = memoryBucket()
  let isDown = true
  const store: MemoryBucket = { ...bucket, putIfAbsent: async (object) => (isDown ? Promise.reject(new Error('away')) : bucket.putIfAbsent(object)) }
  const registry = openMetrics()
  const metrics = recorderMetrics(registry)
  const { journal } = watchRecorder({
    recorder: { stats: () => expect.fail('the journal is no matter of the fold') },
    eventLog: { ranges: () => expect.fail('nor of the log') },
    clock: { now: () => 0 },
    metrics,
    registry: { ...registry, onScrape: () => undefined },
    maxLagMs: 0,
  })
  const write = () => journalWriter({ catalog, store, log: silentLogger, signer: { keyId: 'test', sign: () => '' }, observe: metrics.observe }).stop()
  const waiting = async () =>
    Number(
      (await registry.text())
        .split('\n')
        .find((line) => line.startsWith(`${WAITING} `))
        ?.split(' ')[1],
    )

  for (const orgId of ['acme', 'other']) await enableOrganization(catalog, { orgId, name: orgId, partnerId: 'carrier', actor: 'a', reason: 'b' })
  await write()
  // The first object's bytes are fixed; what comes later waits as entries.
  expect(await waiting()).toBe(4)
  await enableOrganization(catalog, { orgId: 'third', name: 'third', partnerId: 'carrier', actor: 'a', reason: 'b' })
  await write()
  expect(await waiting()).toBe(6)
  expect(await journal()).toBeNull()
  vi.advanceTimersByTime(30_000)
  await write()
  expect(await journal()).toBe('the journal could not be written for 30 s')
  isDown = false
  await write()
  expect(await waiting()).toBe(0)
  expect(await journal()).toBeNull()
})
