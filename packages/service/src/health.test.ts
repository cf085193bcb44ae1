import { expect, test } from 'vitest'
import { healthOf } from './health.ts'

test('every check is told by name, a failing one with its reason', async () => {
  const health = healthOf({
    log: () => null,
    store: () => 'answers 503',
    catalog: () => Promise.reject(new Error('connection refused')),
  })
  expect(await health.look()).toEqual({
    log: { ok: true, reason: null },
    store: { ok: false, reason: 'answers 503' },
    catalog: { ok: false, reason: 'connection refused' },
  })
})

test('a check that hangs is given up in time, told as what it is, and not begun a second time until it ends', async () => {
  const held: ((reason: string | null) => void)[] = []
  let nowMs = 0
  const health = healthOf({ store: () => new Promise<string | null>((resolve) => held.push(resolve)) }, { limitMs: 1, monotonicMs: () => nowMs })
  expect((await health.look())['store']).toEqual({ ok: false, reason: 'no answer for 1 s' })
  nowMs = 61_000
  expect((await health.look())['store']).toEqual({ ok: false, reason: 'no answer for 61 s' })
  expect(held).toHaveLength(1)
  held[0]?.(null)
  await expect.poll(async () => (await health.look(), held.length)).toBe(2)
})

test('checks may be added while a process starts', async () => {
  const health = healthOf({ start: () => 'still starting' })
  health.add({ store: () => null })
  expect(Object.keys(await health.look())).toEqual(['start', 'store'])
})

test('asked by many at once it looks once', async () => {
  let looks = 0
  const health = healthOf({ store: () => (looks++, null) })
  await Promise.all([health.look(), health.look(), health.look()])
  expect(looks).toBe(1)
})

test('a reason keeps no telephone number', async () => {
  expect((await healthOf({ log: () => 'key +15550123456 is odd' }).look())['log']?.reason).toBe('key [number] is odd')
})
