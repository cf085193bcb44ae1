import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { openMetrics } from '@twinreel/service/metrics'
import { expect, test } from 'vitest'
import { METRIC_SECTIONS, metricTables } from './metric-tables.ts'

const PAGE = join(import.meta.dirname, '../../../docs/operating.md')
const [BEGIN, END] = ['<!-- metrics: begin -->\n', '<!-- metrics: end -->\n']

/** `vitest run services/twinreel/src/metric-tables -u` writes the tables into the page. */
test('docs/operating.md has every metric, as the code has it', async () => {
  const page = await readFile(PAGE, 'utf8')
  const [before, rest] = page.split(BEGIN)
  const after = rest?.split(END)[1]
  expect(after, `${PAGE} has a place for the tables`).toBeDefined()
  await expect(`${before}${BEGIN}\n${metricTables()}\n\n${END}${after}`).toMatchFileSnapshot(PAGE)
})

test('a registry holds exactly the metrics of the tables, and a name ends in its unit', async () => {
  const registry = openMetrics()
  for (const { metrics } of METRIC_SECTIONS) registry.declare(metrics)
  const told = [...(await registry.text()).matchAll(/^# TYPE (twinreel_\w+) (\w+)$/gm)].map(([, name, type]) => `${name} ${type}`)
  const specs = METRIC_SECTIONS.flatMap(({ metrics }) => Object.values(metrics))
  expect(told.toSorted()).toEqual(specs.map(({ name, type }) => `${name} ${type}`).toSorted())
  for (const { name, type, meaning } of specs) {
    expect(name.endsWith('_total'), name).toBe(type === 'counter')
    if (type === 'histogram') expect(name).toMatch(/_seconds$/)
    expect(meaning, name).toMatch(/^[A-Z0-9].*\.$/)
    expect(meaning, name).not.toContain('|')
  }
})
