import { expect, test } from 'vitest'
import { START_MS } from '@twinreel/catalog/contract/setup'
import type { ObjectStore } from '@twinreel/object-store/port'
import { makeLogger } from '@twinreel/service/log'
import { DUE_MS, put, recordings, world } from './world.ts'

const MINUTE_MS = 60_000
const NOT_KEPT_MS = START_MS + 2_500

test('what a frozen recorder puts after nobody kept its recording is gone ten minutes later, and told', async () => {
  const made = await world()
  await recordings(made, ['rec-1', 'rec-10'], { status: 'not-kept', provisional: true })
  made.clock.nowMs = NOT_KEPT_MS
  expect(await made.run()).toMatchObject({ purged: 2, reappeared: 0 })
  await put(made.store, 'recordings/acme/ann/rec-1/00000.wav')
  made.clock.nowMs = NOT_KEPT_MS + 9 * MINUTE_MS
  expect(await made.run()).toMatchObject({ objects: 0, reappeared: 0 })
  expect(await made.keys()).toHaveLength(1)
  made.clock.nowMs = NOT_KEPT_MS + 10 * MINUTE_MS
  let lines = ''
  const log = makeLogger({ name: 'retention', destination: { write: (line) => void (lines += line) } })
  expect(await made.run({ log })).toMatchObject({ purged: 0, objects: 0, reappeared: 1, failed: [] })
  expect(await made.keys()).toEqual([])
  expect(lines).toContain('"recordingId":"rec-1","objects":1,"msg":"objects came back after their recording was purged, and were deleted again"')
  await put(made.store, 'recordings/acme/ann/rec-1/manifest.json')
  made.clock.nowMs += 10 * MINUTE_MS
  expect(await made.run()).toMatchObject({ reappeared: 1 })
  expect(await made.run()).toMatchObject({ reappeared: 0 })
})

test('looks take no longer than a run may, and touch nobody else’s objects', async () => {
  const made = await world()
  const gone = ['rec-1', 'rec-2', 'rec-3']
  await recordings(made, gone)
  made.clock.nowMs = DUE_MS
  await made.run()
  for (const id of [...gone, 'rec-30']) await put(made.store, `recordings/acme/ann/${id}/00000.wav`)
  made.clock.nowMs += 10 * MINUTE_MS
  expect(await made.run({ maxPerRun: 2 })).toMatchObject({ reappeared: 2 })
  expect(await made.run({ maxPerRun: 2 })).toMatchObject({ reappeared: 1 })
  expect(await made.keys()).toEqual(['recordings/acme/ann/rec-30/00000.wav'])
})

test('a look that fails is made again by the next run', async () => {
  const made = await world()
  await recordings(made, ['rec-1'])
  made.clock.nowMs = DUE_MS
  await made.run()
  await put(made.store, 'recordings/acme/ann/rec-1/00000.wav')
  made.clock.nowMs += 10 * MINUTE_MS
  const store: ObjectStore = { ...made.store, remains: () => Promise.reject(new Error('connection refused')) }
  expect(await made.run({ store })).toMatchObject({ reappeared: 0, failed: [{ recordingId: 'rec-1', key: null, error: 'connection refused' }] })
  expect(await made.run()).toMatchObject({ reappeared: 1, failed: [] })
})

test('where nothing comes back three looks are made and no more', async () => {
  const made = await world()
  await recordings(made, ['rec-1'])
  made.clock.nowMs = DUE_MS
  await made.run()
  const looks: number[] = []
  const store: ObjectStore = {
    ...made.store,
    remains(asked) {
      looks.push((made.clock.nowMs - DUE_MS) / MINUTE_MS)
      return made.store.remains(asked)
    },
  }
  for (let minutes = 5; minutes <= 2_000; minutes += 5) {
    made.clock.nowMs = DUE_MS + minutes * MINUTE_MS
    await made.run({ store })
  }
  expect(looks).toEqual([10, 60, 1_440])
})
