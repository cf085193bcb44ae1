import { expect, test } from 'vitest'
import { openMetrics, type MetricSpecs } from './metrics.ts'

const SPECS = {
  puts: { type: 'counter', name: 'twinreel_test_puts_total', meaning: 'Puts.', alarm: null, labels: ['outcome'] },
  lag: { type: 'gauge', name: 'twinreel_test_lag_seconds', meaning: 'Lag.', alarm: 'grows', labels: ['partition'] },
  live: { type: 'gauge', name: 'twinreel_test_live_calls', meaning: 'Calls.', alarm: null, labels: [] },
  put: { type: 'histogram', name: 'twinreel_test_put_seconds', meaning: 'Time of a put.', alarm: null, labels: [], buckets: [0.1, 1] },
} as const satisfies MetricSpecs

/** The samples of our own metrics, as Prometheus would read them. */
function samples(text: string): string[] {
  return text.split('\n').filter((line) => line.startsWith('twinreel_'))
}

test('what was counted, set and observed is told in Prometheus’ text format', async () => {
  const registry = openMetrics()
  const metrics = registry.declare(SPECS)
  metrics.puts.add(1, { outcome: 'written' })
  metrics.puts.add(2, { outcome: 'written' })
  metrics.lag.set(1.5, { partition: 3 })
  metrics.live.set(7)
  metrics.put.observe(0.05)
  const text = await registry.text()
  expect(text).toContain('# HELP twinreel_test_lag_seconds Lag.\n# TYPE twinreel_test_lag_seconds gauge')
  expect(samples(text)).toEqual([
    'twinreel_test_puts_total{outcome="written"} 3',
    'twinreel_test_lag_seconds{partition="3"} 1.5',
    'twinreel_test_live_calls 7',
    'twinreel_test_put_seconds_bucket{le="0.1"} 1',
    'twinreel_test_put_seconds_bucket{le="1"} 1',
    'twinreel_test_put_seconds_bucket{le="+Inf"} 1',
    'twinreel_test_put_seconds_sum 0.05',
    'twinreel_test_put_seconds_count 1',
  ])
  expect(text).toContain('process_cpu_seconds_total')
  expect(registry.contentType).toMatch(/^text\/plain; version=0\.0\.4/)
})

test('a partition that went to somebody else is told of no more', async () => {
  const registry = openMetrics()
  const { lag } = registry.declare(SPECS)
  lag.set(1, { partition: 0 })
  lag.clear()
  lag.set(2, { partition: 1 })
  expect(samples(await registry.text())).toContain('twinreel_test_lag_seconds{partition="1"} 2')
  expect(samples(await registry.text())).not.toContain('twinreel_test_lag_seconds{partition="0"} 1')
})

test('registries know nothing of each other', async () => {
  const [one, other] = [openMetrics(), openMetrics()]
  one.declare(SPECS).live.set(1)
  other.declare(SPECS).live.set(2)
  expect(samples(await one.text())).toContain('twinreel_test_live_calls 1')
  expect(samples(await other.text())).toContain('twinreel_test_live_calls 2')
})

test('what is looked up is looked up for each answer, and a failure keeps nobody from the rest', async () => {
  const registry = openMetrics()
  const { live, lag } = registry.declare(SPECS)
  let calls = 0
  registry.onScrape(() => live.set(++calls))
  registry.onScrape(() => Promise.reject(new Error('the catalog is away')))
  lag.set(1, { partition: 0 })
  expect(samples(await registry.text())).toEqual(expect.arrayContaining(['twinreel_test_live_calls 1', 'twinreel_test_lag_seconds{partition="0"} 1']))
  expect(samples(await registry.text())).toContain('twinreel_test_live_calls 2')
})
