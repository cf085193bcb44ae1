import { expect, it } from 'vitest'
import { checkGone, mustBeGone } from './check-gone.ts'
import { filesOf } from './tiny-call.ts'

const HOUR_MS = 3_600_000

it('knows what must be gone', () => {
  const free = { kept: true, endedAtMs: 0, tier: 'go', tierSinceMs: 0 }
  expect(mustBeGone(free, 720 * HOUR_MS - 1)).toBe(false)
  expect(mustBeGone(free, 720 * HOUR_MS)).toBe(true)
  expect(mustBeGone({ ...free, tierSinceMs: HOUR_MS }, 720 * HOUR_MS)).toBe(false)
  expect(mustBeGone({ ...free, tier: 'standard' }, 9_999 * HOUR_MS)).toBe(false)
  expect(mustBeGone({ ...free, tier: 'ai', kept: false }, 0)).toBe(true)
})

it('finds any object of a purged recording, under whatever name', async () => {
  const gone = [{ recordingId: 'r1', callId: 'c1', ownerId: 'u', ordinal: 1 }]
  const empty = new Uint8Array()
  expect(await checkGone({ objects: filesOf({ 'recordings/o/u/r2/00000.wav': empty, 'recordings/o/u/r10/00000.wav': empty }), gone })).toEqual([])
  expect(await checkGone({ objects: filesOf({ 'recordings/o/u/r1/00000-abc.wav': empty }), gone })).toMatchObject([
    { recordingId: 'r1', message: '00000-abc.wav is still there, and the recording was purged' },
  ])
})
