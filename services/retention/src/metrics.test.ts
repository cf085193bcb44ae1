import { expect, test } from 'vitest'
import { START_MS } from '@twinreel/catalog/contract/setup'
import { putHalt } from '@twinreel/catalog/retention-halts'
import { takeLease } from '@twinreel/catalog/retention-lease'
import { openMetrics } from '@twinreel/service/metrics'
import { watchRetention } from './metrics.ts'
import { DUE_MS, put, recordings, world } from './world.ts'

async function told(registry: ReturnType<typeof openMetrics>): Promise<Record<string, number>> {
  const lines = (await registry.text()).split('\n').filter((line) => line.startsWith('twinreel_retention_'))
  return Object.fromEntries(lines.map((line) => [line.replace(/^twinreel_retention_| .*$/g, ''), Number(line.split(' ').at(-1))]))
}

test('a run is told by what it did, and what it owes by how long it has', async () => {
  const made = await world()
  const registry = openMetrics()
  const { onReport, checks } = watchRetention({ catalog: made.catalog, registry })
  await recordings(made, ['rec-1'])
  made.clock.nowMs = DUE_MS + 42_000
  expect(await told(registry)).toMatchObject({
    oldest_overdue_seconds: 42,
    unknown_tier_owners: 0,
    legal_holds: 0,
    held_due_recordings: 0,
    bin_recordings: 0,
    'runs_total{outcome="done"}': 0,
  })
  onReport(await made.run())
  expect(await told(registry)).toMatchObject({
    oldest_overdue_seconds: 0,
    'recordings_total{outcome="purged"}': 1,
    'recordings_total{outcome="failed"}': 0,
    objects_deleted_total: 3,
    bytes_deleted_total: 300,
    'runs_total{outcome="done"}': 1,
    last_run_timestamp_seconds: (DUE_MS + 42_000) / 1_000,
  })
  expect([await checks.clock(), await checks.halt(), await checks.run()]).toEqual([null, null, null])
})

test('a halted run is told with its reason, and a catalog that is away gives no number of before', async () => {
  const made = await world()
  const registry = openMetrics()
  const { onReport, onFailure, checks } = watchRetention({ catalog: made.catalog, registry })
  onReport(await made.run())
  made.clock.nowMs = START_MS - 3_600_000
  onReport(await made.run())
  expect(await checks.clock()).toMatch(/^the clock says .*, but an earlier run was at /)
  await made.catalog.close()
  onFailure(await made.run().catch((error: unknown) => error))
  expect(await checks.run()).toMatch(/^the last run failed: /)
  expect(await told(registry)).toMatchObject({
    oldest_overdue_seconds: Number.NaN,
    unknown_tier_owners: Number.NaN,
    legal_holds: Number.NaN,
    held_due_recordings: Number.NaN,
    bin_recordings: Number.NaN,
    'runs_total{outcome="done"}': 1,
    'runs_total{outcome="halted"}': 1,
    'runs_total{outcome="failed"}': 1,
  })
})

test('a store that lacks what is due is told by its check, not by the clock’s, and counted', async () => {
  const made = await world()
  const registry = openMetrics()
  const { onReport, checks } = watchRetention({ catalog: made.catalog, registry })
  await recordings(made, ['rec-1', 'rec-2'])
  await made.store.deleteMany(await made.keys())
  made.clock.nowMs = DUE_MS
  onReport(await made.run())
  expect([await checks.clock(), await checks.halt()]).toEqual([null, expect.stringContaining('the store has nothing of 2 recordings')])
  for (const name of ['00000.wav', 'manifest.json']) await put(made.store, `recordings/acme/ann/rec-2/${name}`)
  onReport(await made.run())
  expect(await told(registry)).toMatchObject({ missing_recordings: 1, waiting_recordings: 0 })
})

test('a run that was left to another worker is told so, and how many organizations are halted', async () => {
  const made = await world()
  const registry = openMetrics()
  const { onReport } = watchRetention({ catalog: made.catalog, registry })
  await takeLease(made.other, 'another')
  await putHalt(made.other, { orgId: 'acme', dueCount: 5, totalCount: 5 })
  onReport(await made.run())
  expect(await told(registry)).toMatchObject({
    halted_organizations: 1,
    'runs_total{outcome="skipped"}': 1,
    'runs_total{outcome="done"}': 0,
    last_run_timestamp_seconds: START_MS / 1_000,
  })
})
