import type { MetricSpec } from '@twinreel/service/metrics'

/** A metric as a PromQL expression asks for it. */
export interface Asked {
  metric: string
  labels: readonly string[]
}

/** Labels that Prometheus adds to every series. */
const ADDED = ['instance', 'job']

/** The metrics of ours that an expression names, with the labels it selects by. */
export function askedIn(expression: string): Asked[] {
  return [...expression.matchAll(/\b(twinreel_\w+)(?:\{([^}]*)\})?/g)].map(([, metric = '', selector = '']) => ({
    metric,
    labels: [...selector.matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g)].map(([, label = '']) => label),
  }))
}

/** Labels that an expression groups by. */
function groupedBy(expression: string): string[] {
  return [...expression.matchAll(/\b(?:by|without|on|ignoring)\s*\(([^)]*)\)/g)].flatMap(([, list = '']) => list.split(',').map((label) => label.trim()))
}

/** The spec of a metric by the name its series have: a histogram is asked for by its parts. */
export function specOf(specs: readonly MetricSpec[], metric: string): MetricSpec | undefined {
  return specs.find(({ name, type }) => (type === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`].includes(metric) : name === metric))
}

/** What is wrong with an expression: metrics that nobody has, labels that they don't have, brackets that don't match. */
export function faultsOf(specs: readonly MetricSpec[], expression: string): string[] {
  const asked = askedIn(expression)
  const labelsOf = (metric: string): readonly string[] => [...(specOf(specs, metric)?.labels ?? []), ...(metric.endsWith('_bucket') ? ['le'] : []), ...ADDED]
  const known = new Set(asked.flatMap(({ metric }) => labelsOf(metric)))
  return [
    ...(asked.length === 0 ? ['asks for no metric of ours'] : []),
    ...asked.filter(({ metric }) => specOf(specs, metric) === undefined).map(({ metric }) => `there is no metric ${metric}`),
    ...asked.flatMap(({ metric, labels }) => labels.filter((label) => !labelsOf(metric).includes(label)).map((label) => `${metric} has no label ${label}`)),
    ...groupedBy(expression)
      .filter((label) => !known.has(label))
      .map((label) => `groups by ${label}, which no metric in it has`),
    ...(isBalanced(expression) ? [] : ['brackets don’t match']),
    ...asked
      .filter(({ metric }) => specOf(specs, metric)?.type === 'counter' && !new RegExp(`(?:rate|increase)\\(${metric}\\b`).test(expression))
      .map(({ metric }) => `${metric} only ever rises: take its rate or increase`),
  ]
}

const PAIRS: Readonly<Record<string, string>> = { ')': '(', ']': '[', '}': '{' }

function isBalanced(expression: string): boolean {
  const open: string[] = []
  for (const character of expression.replaceAll(/"[^"]*"/g, '')) {
    if ('([{'.includes(character)) open.push(character)
    else if (character in PAIRS && open.pop() !== PAIRS[character]) return false
  }
  return open.length === 0
}
