import type { Catalog } from '@twinreel/catalog/open'
import type { EventLog } from '@twinreel/event-log/port'
import type { ObjectStore } from '@twinreel/object-store/port'
import { recorderMetrics } from '@twinreel/recorder/metrics'
import type { RecorderObserver } from '@twinreel/recorder/observe'
import { watchRecorder } from '@twinreel/recorder/readiness'
import type { Recorder } from '@twinreel/recorder/recorder'
import { watchRetention, type RetentionWatch } from '@twinreel/retention/metrics'
import { systemClock } from '@twinreel/service/clock'
import type { DrainStep } from '@twinreel/service/drain'
import type { Check } from '@twinreel/service/health'
import type { Logger } from '@twinreel/service/log'
import { usageError } from './command-error.ts'
import { engineChecks } from './engine-checks.ts'
import { httpPortOf, type Configuration } from './environment/read-environment.ts'

/** What a process tells of itself: say what it does, then start. */
export interface Health {
  /** It records: `observe` is for the recorder, `watch` for when there is one. */
  recorder(): { observe: RecorderObserver; watch(recorder: Pick<Recorder, 'stats'>, eventLog: Pick<EventLog, 'ranges'>): void }
  /** It runs retention: `onReport` and `onFailure` are for the schedule. */
  retention(catalog: Catalog): RetentionWatch
  /** Listens; the step, to be the last one before the engines', ends that. Throws a usage error when the port can't be had. */
  start(engines: { store: ObjectStore; catalog: Catalog }): Promise<{ port: number; step: DrainStep }>
}

/** Health, readiness and metrics of a process, `null` where its configuration wants none. */
export async function openHealth(
  configuration: Pick<Configuration, 'http' | 'readyMaxLagMs'>,
  process: 'serve' | 'separate',
  log: Logger,
): Promise<Health | null> {
  const askedPort = httpPortOf(configuration, process)
  if (askedPort === null) return null
  const [{ openMetrics }, { startObservability }] = await Promise.all([import('@twinreel/service/metrics'), import('@twinreel/service/observability')])
  const registry = openMetrics()
  const checks: Record<string, Check> = {}
  return {
    recorder() {
      const metrics = recorderMetrics(registry)
      const { readyMaxLagMs: maxLagMs } = configuration
      return {
        observe: metrics.observe,
        watch: (recorder, eventLog) => void Object.assign(checks, watchRecorder({ recorder, eventLog, clock: systemClock, metrics, registry, maxLagMs })),
      }
    },
    retention(catalog) {
      const watch = watchRetention({ catalog, registry })
      Object.assign(checks, watch.checks)
      return watch
    },
    async start(engines) {
      try {
        const { host } = configuration.http
        const { port, stop } = await startObservability({ host, port: askedPort, checks: { ...checks, ...engineChecks(engines) }, registry, log })
        log.info({ port }, 'health and metrics are told')
        return { port, step: { name: 'health', stop } }
      } catch (error) {
        if (!(error instanceof Error && error.name === 'ListenError')) throw error
        throw usageError(error.message, 'set TWINREEL_HTTP_PORT or TWINREEL_HTTP_HOST; with TWINREEL_HTTP_PORT=0 nothing is told')
      }
    },
  }
}
