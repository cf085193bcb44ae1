import { expect, onTestFinished, test } from 'vitest'
import type { Check } from './health.ts'
import { makeLogger, silentLogger } from './log.ts'
import { openMetrics } from './metrics.ts'
import { startObservability } from './observability.ts'

async function observed(checks: Record<string, Check>, log = silentLogger): Promise<(path: string) => Promise<{ status: number; body: string }>> {
  const registry = openMetrics()
  registry.declare({ live: { type: 'gauge', name: 'twinreel_test_live_calls', meaning: 'Calls.', alarm: null, labels: [] } }).live.set(7)
  const server = await startObservability({ host: '127.0.0.1', port: 0, checks, registry, log })
  onTestFinished(() => server.stop())
  return async (path) => {
    const answer = await fetch(`http://127.0.0.1:${server.port}${path}`)
    return { status: answer.status, body: await answer.text() }
  }
}

test('a process says that it is alive, whether it is ready, and its metrics', async () => {
  const get = await observed({ catalog: () => null })
  expect(await get('/healthz')).toEqual({ status: 200, body: '{"ok":true,"reason":null}\n' })
  expect(await get('/readyz')).toEqual({ status: 200, body: '{"ok":true,"checks":{"catalog":{"ok":true,"reason":null}}}\n' })
  const { status, body } = await get('/metrics')
  expect(status).toBe(200)
  expect(body).toContain('\ntwinreel_test_live_calls 7\n')
  expect(body).toContain('\ntwinreel_check_ok{check="catalog"} 1\n')
})

test('while an engine is away it is alive and not ready, says which and why, and is ready again after', async () => {
  let isAway = true
  const written: string[] = []
  const log = makeLogger({ name: 'test', destination: { write: (line) => void written.push(line) } })
  const get = await observed({ store: () => (isAway ? 'answers 503' : null), catalog: () => null }, log)
  expect((await get('/healthz')).status).toBe(200)
  const { status, body } = await get('/readyz')
  expect([status, JSON.parse(body)]).toEqual([503, { ok: false, checks: { store: { ok: false, reason: 'answers 503' }, catalog: { ok: true, reason: null } } }])
  await get('/readyz')
  expect((await get('/metrics')).body).toContain('\ntwinreel_check_ok{check="store"} 0\n')
  isAway = false
  expect((await get('/readyz')).status).toBe(200)
  expect(written.map((line) => JSON.parse(line) as Record<string, unknown>)).toMatchObject([
    { msg: 'not ready', reason: 'store: answers 503' },
    { msg: 'ready' },
  ])
})
