import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { StoreError, type ObjectStore } from '@twinreel/object-store/port'
import { silentLogger } from '@twinreel/service/log'
import { generatePlans } from '@twinreel/simulator/generate'
import { simulate } from '@twinreel/simulator/simulate'
import { openEngines } from '@twinreel/twinreel/engines'
import { recordWith } from '@twinreel/twinreel/record-with'
import { expect, test } from 'vitest'
import { temporaryDirectory } from '../support/directories.ts'
import { hashesBelow } from '../support/objects.ts'
import { ONE_KEY } from '../support/signing.ts'

const CALLS = { seed: 31, calls: 12, users: 10, callSeconds: 65 }
const LITTLE = { maxMemoryBytes: 2_000_000, maxWaitingBytes: 6_000_000 }

async function recorded(outage: boolean): Promise<{ objects: Record<string, string>; setAside: number; readable: number }> {
  const dataDir = temporaryDirectory()
  const engines = await openEngines({ dataDir })
  let isDown = outage
  const store: ObjectStore = {
    ...engines.store,
    putIfAbsent: (put) => (isDown ? Promise.reject(new StoreError('the store is down', { retriable: true })) : engines.store.putIfAbsent(put)),
  }
  const recorder = await recordWith({ ...engines, store }, silentLogger, { ...LITTLE, ...ONE_KEY })
  const { plans, people } = generatePlans(CALLS)
  const simulated = simulate({ log: engines.eventLog, catalog: engines.catalog, plans, people, speed: 'max', seed: CALLS.seed })
  let [setAside, readable] = [0, 0]
  if (outage) {
    await expect.poll(() => recorder.stats().isFull, { timeout: 20_000, interval: 20 }).toBe(true)
    const spool = join(dataDir, 'spool')
    const files = readdirSync(spool).map((name) => readFileSync(join(spool, name)))
    setAside = files.length
    readable = files.filter((bytes) => bytes.includes('WAVE')).length
    isDown = false
  }
  await simulated
  await recorder.stop()
  await engines.close()
  return { objects: hashesBelow(join(dataDir, 'objects')), setAside, readable }
}

test('while the store is down decisions go on, sealed audio waits in bounds and encrypted, and nothing is missing afterwards', async () => {
  const undisturbed = await recorded(false)
  const disturbed = await recorded(true)
  expect(disturbed.setAside).toBeGreaterThan(2)
  expect(disturbed.readable).toBe(0)
  expect(disturbed.objects).toEqual(undisturbed.objects)
}, 60_000)
