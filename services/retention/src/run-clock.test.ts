import { expect, test } from 'vitest'
import { START_MS } from '@twinreel/catalog/contract/setup'
import { showRecording } from '@twinreel/catalog/recordings'
import type { ObjectStore } from '@twinreel/object-store/port'
import { GO_RETENTION_MS } from '@twinreel/recording/retention'
import { newClockGuard } from './clock-guard.ts'
import type { RunReport } from './run.ts'
import { DUE_MS, recordings, world } from './world.ts'

test('an offset moves the time recordings are judged by, and no clock', async () => {
  const made = await world()
  await recordings(made, ['rec-1'])
  made.clock.nowMs = START_MS + 60_000
  expect(await made.run()).toMatchObject({ claimed: 0 })
  expect(await made.run({ clockOffsetMs: GO_RETENTION_MS })).toMatchObject({ halted: null, purged: 1, nowMs: START_MS + 60_000 + GO_RETENTION_MS })
  expect((await showRecording(made.catalog, 'rec-1'))?.purgedAtMs).toBe(START_MS + 60_000 + GO_RETENTION_MS)
  expect(await made.run()).toMatchObject({ halted: null })
})

test('a clock that jumps while the process runs halts it until the clock is right again', async () => {
  const made = await world()
  await recordings(made, ['rec-1'])
  const guard = newClockGuard()
  let monotonicMs = 1_000
  const run = (): Promise<RunReport> => made.run({ guard, monotonicMs: () => monotonicMs })
  expect(await run()).toMatchObject({ halted: null })
  monotonicMs += 60_000
  made.clock.nowMs = DUE_MS
  const halted = await run()
  expect(halted).toMatchObject({ halted: 'clock-jump', claimed: 0, purged: 0 })
  expect(halted.haltedWhy).toContain('it should be 2026-01-15T09:01:00.000Z')
  expect(await run()).toMatchObject({ halted: 'clock-jump' })
  made.clock.nowMs = START_MS + 60_000
  expect(await run()).toMatchObject({ halted: null, claimed: 0 })
  expect(await made.keys()).toHaveLength(3)
})

test('a worker that was down for a month goes on when it is back', async () => {
  const made = await world()
  await recordings(made, ['rec-1'])
  expect(await made.run({ guard: newClockGuard() })).toMatchObject({ halted: null })
  made.clock.nowMs = DUE_MS
  expect(await made.run({ guard: newClockGuard() })).toMatchObject({ halted: null, purged: 1 })
})

test('a clock that lies before the last run’s halts until it is accepted', async () => {
  const made = await world()
  made.clock.nowMs = START_MS + 10 * GO_RETENTION_MS
  await made.run()
  made.clock.nowMs = START_MS
  expect(await made.run()).toMatchObject({ halted: 'clock-jump' })
  expect(await made.run({ acceptClock: true })).toMatchObject({ halted: null })
  expect(await made.run()).toMatchObject({ halted: null })
})

test('a second clock that disagrees halts', async () => {
  const made = await world()
  expect(await made.run({ witness: { now: () => START_MS + 3_599_000 } })).toMatchObject({ halted: null })
  expect(await made.run({ witness: { now: () => START_MS - 3_601_000 } })).toMatchObject({ halted: 'clock-jump' })
})

test('a clock that jumps in the middle of a run stops it after the batch', async () => {
  const made = await world()
  await recordings(made, ['rec-1'])
  await recordings(made, ['rec-2'], { endedLogMs: START_MS + GO_RETENTION_MS })
  made.clock.nowMs = DUE_MS
  const store: ObjectStore = {
    ...made.store,
    deleteMany: async (keys) => {
      made.clock.nowMs = DUE_MS + 2 * GO_RETENTION_MS
      return made.store.deleteMany(keys)
    },
  }
  expect(await made.run({ store })).toMatchObject({ halted: 'clock-jump', claimed: 1, purged: 1 })
  expect(await made.status('rec-2')).toBe('completed')
})
