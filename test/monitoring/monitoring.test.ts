import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { METRIC_SECTIONS } from '@twinreel/twinreel/metric-tables'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { askedIn, faultsOf, specOf } from './queries.ts'

const INFRA = join(import.meta.dirname, '../../infra')
const SPECS = METRIC_SECTIONS.flatMap(({ metrics }) => Object.values(metrics))

interface Rule {
  alert: string
  expr: string
  for?: string
  labels: { severity: string }
  annotations: { summary: string; description: string }
}

interface Panel {
  id: number
  type: string
  title: string
  gridPos: { h: number; w: number; x: number; y: number }
  targets?: { refId: string; expr: string; legendFormat: string }[]
}

const rules = (parse(readFileSync(join(INFRA, 'prometheus/twinreel.rules.yml'), 'utf8')) as { groups: { name: string; rules: Rule[] }[] }).groups
const dashboard = JSON.parse(readFileSync(join(INFRA, 'grafana/twinreel.json'), 'utf8')) as { panels: Panel[] }
const alerts = rules.flatMap((group) => group.rules)
const panels = dashboard.panels.filter(({ type }) => type !== 'row')

/** Metrics with an alarm for which there is no rule, and why. */
const ON_THE_DASHBOARD_ALONE: ReadonlyMap<string, string> = new Map([])

describe('the alert rules', () => {
  test.each(alerts.map((rule) => [rule.alert, rule] as const))('%s asks for what there is, and says what to do', (name, rule) => {
    expect(faultsOf(SPECS, rule.expr)).toEqual([])
    expect(name).toMatch(/^Twinreel[A-Z]\w+$/)
    expect(rule.for ?? '1m').toMatch(/^\d+[smhd]$/)
    expect(['page', 'ticket']).toContain(rule.labels.severity)
    for (const text of [rule.annotations.summary, rule.annotations.description]) expect(text.length).toBeGreaterThan(10)
    // A label that the expression sums away would be empty in the message.
    const kept = [...`${rule.annotations.summary}${rule.annotations.description}`.matchAll(/\$labels\.(\w+)/g)].map(([, label = '']) => label)
    const summed = /\b(?:sum|max|min|count)\b/.test(rule.expr)
    for (const label of kept) {
      const has = askedIn(rule.expr).some(({ metric }) => specOf(SPECS, metric)?.labels.some((one) => one === label))
      expect(summed ? new RegExp(`by \\([^)]*\\b${label}\\b`).test(rule.expr) : has || ['instance', 'job'].includes(label), `${name} tells ${label}`).toBe(true)
    }
  })

  test('no two have one name', () => {
    expect(new Set(alerts.map(({ alert }) => alert)).size).toBe(alerts.length)
  })

  test('every metric that is worth an alarm has one', () => {
    const watched = new Set(alerts.flatMap(({ expr }) => askedIn(expr)).map(({ metric }) => specOf(SPECS, metric)?.name))
    const unwatched = SPECS.filter(({ alarm, name }) => alarm !== null && !watched.has(name) && !ON_THE_DASHBOARD_ALONE.has(name))
    expect(
      unwatched.map(({ name }) => name),
      'add a rule to infra/prometheus/twinreel.rules.yml',
    ).toEqual([])
    const needless = SPECS.filter(({ alarm, name }) => alarm === null && watched.has(name))
    expect(
      needless.map(({ name }) => name),
      'say in the code when it is an alarm',
    ).toEqual([])
  })
})

describe('the dashboard', () => {
  test.each(panels.map((panel) => [panel.title, panel] as const))('“%s” asks for what there is', (_, { targets = [] }) => {
    expect(targets.length).toBeGreaterThan(0)
    for (const { expr, legendFormat } of targets) {
      expect(faultsOf(SPECS, expr)).toEqual([])
      for (const [, label = ''] of legendFormat.matchAll(/\{\{(\w+)\}\}/g)) expect(expr, `the legend tells ${label}`).toMatch(new RegExp(`by \\(${label}\\)`))
    }
  })

  test('shows every metric of ours, in panels that don’t lie on each other', () => {
    const shown = new Set(panels.flatMap(({ targets = [] }) => targets.flatMap(({ expr }) => askedIn(expr))).map(({ metric }) => specOf(SPECS, metric)?.name))
    expect(SPECS.map(({ name }) => name).filter((name) => !shown.has(name))).toEqual([])
    const cells = dashboard.panels.flatMap(({ gridPos: { h, w, x, y } }) =>
      Array.from({ length: h * w }, (__, cell) => `${x + (cell % w)}/${y + Math.floor(cell / w)}`),
    )
    expect(new Set(cells).size).toBe(cells.length)
    expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length)
  })
})

test('what is wrong with an expression is found', () => {
  const wrong = (expression: string): string[] => faultsOf(SPECS, expression)
  expect(wrong('twinreel_retention_legal_holdz > 0')).toEqual(['there is no metric twinreel_retention_legal_holdz'])
  expect(wrong('sum by (tier) (twinreel_retention_legal_holds)')).toEqual(['groups by tier, which no metric in it has'])
  expect(wrong('increase(twinreel_retention_runs_total{result="halted"}[5m])')).toEqual(['twinreel_retention_runs_total has no label result'])
  expect(wrong('twinreel_recorder_put_seconds > 1')).toEqual(['there is no metric twinreel_recorder_put_seconds'])
  expect(wrong('max(twinreel_recorder_full')).toEqual(['brackets don’t match'])
  expect(wrong('twinreel_recorder_published_total > 5')).toEqual(['twinreel_recorder_published_total only ever rises: take its rate or increase'])
  expect(wrong('up == 0')).toEqual(['asks for no metric of ours'])
})
