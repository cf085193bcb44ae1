import { expect, test } from 'vitest'
import { START_MS, assigned } from '@twinreel/catalog/contract/setup'
import { CallOverError, mediaKeysFor, wrappingKeys } from '@twinreel/catalog/media-keys'
import { commit } from '@twinreel/catalog/recorder'
import { newClockGuard } from './clock-guard.ts'
import { world, type World } from './world.ts'

const WRAPPING = wrappingKeys([new Uint8Array(32)])
const DAY_MS = 24 * 3_600_000

async function withKeys(): Promise<World> {
  const made = await world()
  await commit(made.catalog, await assigned(made.catalog), [
    { kind: 'call.opened', callId: 'going-on', orgId: 'acme', callType: null, direction: null, correlationId: null, offset: 1 },
  ])
  await mediaKeysFor(made.catalog, WRAPPING, ['going-on', 'never-came'])
  return made
}

async function keysOf({ catalog }: World): Promise<string[]> {
  const rows = await catalog.db.selectFrom('media_keys').select('call_id').orderBy('call_id').execute()
  return rows.map((row) => row.call_id)
}

test('the key of a call that never came is destroyed after thirty days, that of one that goes on is not', async () => {
  const made = await withKeys()
  made.clock.nowMs = START_MS + 30 * DAY_MS
  await made.run()
  expect(await keysOf(made)).toEqual(['going-on', 'never-came'])
  made.clock.nowMs += 1
  await made.run()
  expect(await keysOf(made)).toEqual(['going-on'])
})

test('a clock that jumps destroys no key', async () => {
  const made = await withKeys()
  const guard = newClockGuard()
  await made.run({ guard, monotonicMs: () => 1_000 })
  made.clock.nowMs = START_MS + 31 * DAY_MS
  expect(await made.run({ guard, monotonicMs: () => 2_000 })).toMatchObject({ halted: 'clock-jump' })
  expect(await keysOf(made)).toEqual(['going-on', 'never-came'])
})

test('a call that is over gets no key any more', async () => {
  const made = await withKeys()
  await commit(made.catalog, await assigned(made.catalog), [{ kind: 'call.closed', callId: 'going-on', endedLogMs: START_MS }])
  await expect(mediaKeysFor(made.catalog, WRAPPING, ['going-on'])).rejects.toThrow(CallOverError)
})
