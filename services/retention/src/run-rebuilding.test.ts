import { CERTIFY, VERIFY } from '@twinreel/catalog/contract/setup'
import { rebuildCatalog } from '@twinreel/catalog/journal/rebuild'
import { openCatalog } from '@twinreel/catalog/open'
import { showRecording } from '@twinreel/catalog/recordings'
import { openMetrics } from '@twinreel/service/metrics'
import { silentLogger } from '@twinreel/service/log'
import { expect, onTestFinished, test } from 'vitest'
import { watchRetention } from './metrics.ts'
import { runRetention } from './run.ts'
import { DUE_MS, recordings, world } from './world.ts'

test('in a catalog whose rebuild was broken off nothing is deleted, and a run says why', async () => {
  const made = await world()
  await recordings(made, ['rec-1'])
  await made.run()
  made.clock.nowMs = DUE_MS
  const half = await openCatalog({ path: ':memory:', clock: () => made.clock.nowMs })
  onTestFinished(() => half.close())
  const away = { ...made.store, list: () => Promise.reject(new Error('away')) }
  await expect(rebuildCatalog(half, away, { verify: null, expect: null })).rejects.toThrow('away')
  const { onReport, checks } = watchRetention({ catalog: half, registry: openMetrics() })
  const report = await runRetention({ catalog: half, store: made.store, log: silentLogger, ...CERTIFY })
  onReport(report)
  expect(report).toMatchObject({
    halted: 'catalog-rebuilding',
    claimed: 0,
    objects: 0,
    haltedWhy: expect.stringContaining('nothing is recorded, changed or due'),
  })
  expect(await checks.halt()).toContain('the catalog is being rebuilt')
})

test('deletion begins when its tombstone is in the bucket: without it nothing goes, and a rebuilt catalog finishes it', async () => {
  const made = await world()
  await recordings(made, ['rec-1'])
  made.clock.nowMs = DUE_MS
  const before = await made.keys()
  const refusing = { ...made.store, putIfAbsent: () => Promise.reject(new Error('no room')) }
  await expect(made.run({ store: refusing })).rejects.toThrow('no room')
  expect(await made.keys()).toEqual(before)
  const undeletable = { ...made.store, deleteMany: () => Promise.reject(new Error('read-only')) }
  expect(await made.run({ store: undeletable })).toMatchObject({ purged: 0 })
  const rebuilt = await openCatalog({ path: ':memory:', clock: () => made.clock.nowMs })
  onTestFinished(() => rebuilt.close())
  await rebuildCatalog(rebuilt, made.store, { verify: VERIFY, expect: null })
  expect(await runRetention({ catalog: rebuilt, store: made.store, log: silentLogger, ...CERTIFY })).toMatchObject({ resumed: 1, purged: 1 })
  expect([await made.keys(), (await showRecording(rebuilt, 'rec-1'))?.status]).toEqual([[], 'purged'])
})
