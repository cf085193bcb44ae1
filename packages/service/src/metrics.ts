import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client'

/**
 * The only labels there are, each of a few values that the code names or of a partition's number. There is none for a call, a user or a
 * number: metrics are kept for years by people who may not know who telephoned.
 */
type MetricLabel = 'partition' | 'check' | 'outcome' | 'reason' | 'place'

/** What a metric is, declared once: the page that operators read is checked against it. */
export interface MetricSpec {
  readonly type: 'counter' | 'gauge' | 'histogram'
  /** `twinreel_…`, ending in its unit (`_seconds`, `_bytes`), of a counter in `_total`. */
  readonly name: string
  readonly meaning: string
  /** What is worth waking somebody for; `null` when it only explains. */
  readonly alarm: string | null
  readonly labels: readonly MetricLabel[]
  /** Upper bounds, of a histogram. */
  readonly buckets?: readonly number[]
}

export type MetricSpecs = Readonly<Record<string, MetricSpec>>

type LabelsOf<S extends MetricSpec> = { readonly [L in S['labels'][number]]: string | number }
type LabelArguments<S extends MetricSpec> = S['labels'][number] extends never ? [] : [labels: LabelsOf<S>]

interface CounterOf<S extends MetricSpec> {
  add(amount: number, ...labels: LabelArguments<S>): void
}
interface GaugeOf<S extends MetricSpec> {
  set(value: number, ...labels: LabelArguments<S>): void
  /** Forgets every series: of what is no longer ours nothing is told. */
  clear(): void
}
interface HistogramOf<S extends MetricSpec> {
  observe(value: number, ...labels: LabelArguments<S>): void
}
export type Metrics<M extends MetricSpecs> = {
  readonly [K in keyof M]: { counter: CounterOf<M[K]>; gauge: GaugeOf<M[K]>; histogram: HistogramOf<M[K]> }[M[K]['type']]
}

/** All metrics of one process. */
export interface MetricRegistry {
  /** Makes these metrics; a name can be made once. */
  declare<const M extends MetricSpecs>(specs: M): Metrics<M>
  /** Called before each answer, to set what is looked up rather than counted; at most three seconds are waited for it. */
  onScrape(collect: () => Promise<void> | void): void
  /** Prometheus' text format 0.0.4. */
  text(): Promise<string>
  readonly contentType: string
}

/** More than checks may take. */
const COLLECT_LIMIT_MS = 3_000

/** A registry of its own, with what is usual of a Node process (`process_…`, `nodejs_…`). */
export function openMetrics(): MetricRegistry {
  const registry = new Registry()
  const collectors: (() => Promise<void>)[] = []
  collectDefaultMetrics({ register: registry })
  return {
    declare: <const M extends MetricSpecs>(specs: M) =>
      Object.fromEntries(Object.entries(specs).map(([key, spec]) => [key, make(spec, registry)])) as unknown as Metrics<M>,
    onScrape: (collect) => void collectors.push(oneAtATime(collect)),
    async text() {
      await Promise.all(collectors.map((collect) => collect()))
      return registry.metrics()
    },
    contentType: registry.contentType,
  }
}

function make(spec: MetricSpec, registry: Registry): unknown {
  const { type, name, meaning, labels, buckets } = spec
  const config = { name, help: meaning, labelNames: [...labels], registers: [registry] }
  switch (type) {
    case 'counter': {
      const counter = new Counter(config)
      return { add: (amount: number, given: Record<string, string | number> = {}) => counter.inc(given, amount) }
    }
    case 'gauge': {
      const gauge = new Gauge(config)
      return { set: (value: number, given: Record<string, string | number> = {}) => gauge.set(given, value), clear: () => gauge.reset() }
    }
    case 'histogram': {
      const histogram = new Histogram({ ...config, ...(buckets === undefined ? {} : { buckets: [...buckets] }) })
      return { observe: (value: number, given: Record<string, string | number> = {}) => histogram.observe(given, value) }
    }
  }
}

/** What one scrape started and did not see the end of, the next one does not start again; what fails leaves the values as they were. */
function oneAtATime(collect: () => Promise<void> | void): () => Promise<void> {
  let running: Promise<void> | null = null
  return async () => {
    running ??= (async () => collect())()
      .catch(() => undefined)
      .finally(() => (running = null))
    let timer: NodeJS.Timeout | undefined
    await Promise.race([running, new Promise<void>((resolve) => (timer = setTimeout(resolve, COLLECT_LIMIT_MS)))])
    clearTimeout(timer)
  }
}
