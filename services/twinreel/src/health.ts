import type { Catalog } from '@twinreel/catalog/open'
import type { EventLog } from '@twinreel/event-log/port'
import type { ObjectStore } from '@twinreel/object-store/port'
import { recorderMetrics } from '@twinreel/recorder/metrics'
import type { RecorderObserver } from '@twinreel/recorder/observe'
import { watchRecorder } from '@twinreel/recorder/readiness'
import type { Recorder } from '@twinreel/recorder/recorder'
import { watchRetention, type RetentionWatch } from '@twinreel/retention/metrics'
import { systemClock } from '@twinreel/service/clock'
import type { Check } from '@twinreel/service/health'
import type { Posts } from '@twinreel/service/http-server'
import type { Logger } from '@twinreel/service/log'
import { usageError } from './command-error.ts'
import { engineChecks } from './engine-checks.ts'
import { httpPortOf, type Configuration } from './environment/read-environment.ts'
import type { Running } from './run-process.ts'

/** What a process tells of itself, from before it has anything to tell: until `started` it is not ready. */
export interface Health {
  /** It records: `observe` is for the recorder, `watch` for when there is one. */
  recorder(): { observe: RecorderObserver; watch(recorder: Pick<Recorder, 'stats'>, eventLog: Pick<EventLog, 'ranges'>): void }
  /** It runs retention: `onReport` and `onFailure` are for the schedule. */
  retention(catalog: Catalog): RetentionWatch
  /** Takes JSON on these paths too. */
  takePosts(posts: Posts): void
  /** Everything runs, on these engines; `more` is what else must hold. */
  started(engines: { store: ObjectStore; catalog: Catalog }, more?: Readonly<Record<string, Check>>): void
}

/**
 * Starts services in a process that tells of its health, readiness and metrics, where its configuration wants that; else `start` is given
 * `null`. The port is taken before anything is opened: nobody would look after a process that has none. Throws a usage error when it can't be had.
 */
export async function startWithHealth(
  configuration: Pick<Configuration, 'http' | 'readyMaxLagMs'>,
  process: 'serve' | 'separate',
  log: Logger,
  start: (health: Health | null) => Promise<Running>,
): Promise<Running> {
  const port = httpPortOf(configuration, process)
  if (port === null) return start(null)
  const { health, stop } = await openHealth({ ...configuration, port }, log)
  try {
    const running = await start(health)
    // Last: how the others stop is worth looking at.
    return { ...running, steps: [...running.steps, { name: 'health', stop }] }
  } catch (error) {
    await stop()
    throw error
  }
}

async function openHealth(
  { http, port, readyMaxLagMs: maxLagMs }: Pick<Configuration, 'http' | 'readyMaxLagMs'> & { port: number },
  log: Logger,
): Promise<{ health: Health; stop(): Promise<void> }> {
  const [{ openMetrics }, { startObservability }] = await Promise.all([import('@twinreel/service/metrics'), import('@twinreel/service/observability')])
  const registry = openMetrics()
  let isStarted = false
  const checks = { start: () => (isStarted ? null : 'still starting') }
  const { add, takePosts, stop } = await startObservability({ host: http.host, port, checks, registry, log }).catch((error: unknown) => {
    if (!(error instanceof Error && error.name === 'ListenError')) throw error
    throw usageError(error.message, 'set TWINREEL_HTTP_PORT or TWINREEL_HTTP_HOST; with TWINREEL_HTTP_PORT=0 nothing is told')
  })
  log.info({ port }, 'health and metrics are told')
  const health: Health = {
    takePosts,
    recorder() {
      const metrics = recorderMetrics(registry)
      return {
        observe: metrics.observe,
        watch: (recorder, eventLog) => add(watchRecorder({ recorder, eventLog, clock: systemClock, metrics, registry, maxLagMs })),
      }
    },
    retention(catalog) {
      const watch = watchRetention({ catalog, registry })
      add(watch.checks)
      return watch
    },
    started(engines, more = {}) {
      add({ ...engineChecks(engines), ...more })
      isStarted = true
    },
  }
  return { health, stop }
}
