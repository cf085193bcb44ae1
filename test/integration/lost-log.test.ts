import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { silentLogger } from '@twinreel/service/log'
import { generatePlans } from '@twinreel/simulator/generate'
import { simulate } from '@twinreel/simulator/simulate'
import { openEngines } from '@twinreel/twinreel/engines'
import { recordWith } from '@twinreel/twinreel/record-with'
import { expect, test } from 'vitest'
import { temporaryDirectory } from '../support/directories.ts'

const CALLS = { seed: 41, calls: 20, users: 10, callSeconds: 30 }

test('when the log is gone, what was being recorded ends as lost by name, nothing stays live for ever, and new calls are recorded', async () => {
  const dataDir = temporaryDirectory()
  const before = await openEngines({ dataDir })
  const recorder = await recordWith(before, silentLogger)
  const leaving = new AbortController()
  const { plans, people } = generatePlans(CALLS)
  const simulated = simulate({ log: before.eventLog, catalog: before.catalog, plans, people, speed: 'real', seed: CALLS.seed, signal: leaving.signal })
  const live = (): Promise<unknown[]> => before.catalog.db.selectFrom('recordings').select('recording_id').where('ended_log_ms', 'is', null).execute()
  await expect.poll(async () => (await live()).length, { timeout: 20_000, interval: 50 }).toBeGreaterThan(5)
  leaving.abort()
  await simulated.catch(() => undefined)
  await recorder.stop()
  await before.close()
  for (const suffix of ['', '-wal', '-shm']) rmSync(join(dataDir, `log.db${suffix}`), { force: true })

  const after = await openEngines({ dataDir })
  const next = await recordWith(after, silentLogger)
  await next.ready
  const unfinished = after.catalog.db.selectFrom('recordings').select('recording_id').where('ended_log_ms', 'is', null)
  await expect.poll(() => unfinished.execute(), { timeout: 10_000, interval: 50 }).toEqual([])
  const outcomes = await after.catalog.db.selectFrom('ledger').select(['outcome', 'reason']).where('outcome', '=', 'failed').execute()
  expect(outcomes.filter(({ reason }) => reason === 'log-lost').length).toBeGreaterThan(5)

  const fresh = generatePlans({ ...CALLS, seed: 42, calls: 5, callSeconds: 10 })
  const report = await simulate({ log: after.eventLog, catalog: after.catalog, ...fresh, speed: 'max', seed: 42 })
  expect(report.calls).toBe(5)
  await next.stop()
  await after.close()
}, 60_000)
