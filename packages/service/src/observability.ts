import { healthOf, type Check, type CheckResult } from './health.ts'
import { startHttpServer, type HttpAnswer, type HttpServer } from './http-server.ts'
import { watchEventLoop } from './liveness.ts'
import type { Logger } from './log.ts'
import type { MetricRegistry, MetricSpecs } from './metrics.ts'

export interface Observability extends HttpServer {
  /** More checks, from now on. */
  add(checks: Readonly<Record<string, Check>>): void
}

export const PROCESS_METRICS = {
  check: {
    type: 'gauge',
    name: 'twinreel_check_ok',
    meaning: '1 while the check of `/readyz` holds, 0 while it does not: `log`, `store` and `catalog` answer, and what else the process needs to do its work.',
    alarm: '0 for 2 minutes',
    labels: ['check'],
  },
  eventLoopDelay: {
    type: 'gauge',
    name: 'twinreel_event_loop_delay_seconds',
    meaning: 'How late the process comes round to its work, the median of the last seconds.',
    alarm: 'over 1: the process is overloaded; over 2 `/healthz` fails',
    labels: [],
  },
} as const satisfies MetricSpecs

/**
 * What a process tells of itself over HTTP: `/healthz` (alive; if not, restart it), `/readyz` (every check by name; 503 while one does
 * not hold: don't restart, look) and `/metrics` (Prometheus). Throws `ListenError`.
 */
export async function startObservability(options: {
  host: string
  /** 0: any free one. */
  port: number
  checks: Readonly<Record<string, Check>>
  registry: MetricRegistry
  log: Logger
}): Promise<Observability> {
  const { host, port, checks, registry, log } = options
  const health = healthOf(checks)
  const liveness = watchEventLoop()
  const metrics = registry.declare(PROCESS_METRICS)
  let wasReady: boolean | null = null

  function note(results: Readonly<Record<string, CheckResult>>): boolean {
    for (const [check, { ok }] of Object.entries(results)) metrics.check.set(ok ? 1 : 0, { check })
    const failing = Object.entries(results).filter(([, { ok }]) => !ok)
    const isReady = failing.length === 0
    if (isReady !== wasReady) {
      const why = failing.map(([name, { reason }]) => `${name}: ${reason ?? ''}`).join('; ')
      if (isReady) log.info({}, 'ready')
      else log.warn({ reason: why }, 'not ready')
    }
    wasReady = isReady
    return isReady
  }

  registry.onScrape(async () => {
    metrics.eventLoopDelay.set(liveness.delayMs() / 1_000)
    note(await health.look())
  })

  try {
    const server = await startHttpServer({
      host,
      port,
      onError: (error) => log.warn({ error }, 'a health request failed'),
      paths: {
        '/healthz': () => {
          const reason = liveness.fault()
          return json(reason === null ? 200 : 503, { ok: reason === null, reason })
        },
        '/readyz': async () => {
          const results = await health.look()
          const ok = note(results)
          return json(ok ? 200 : 503, { ok, checks: results })
        },
        '/metrics': async () => ({ status: 200, contentType: registry.contentType, body: await registry.text() }),
      },
    })
    return {
      ...server,
      add: health.add,
      async stop() {
        liveness.stop()
        await server.stop()
      },
    }
  } catch (error) {
    liveness.stop()
    throw error
  }
}

function json(status: number, value: unknown): HttpAnswer {
  return { status, contentType: 'application/json; charset=utf-8', body: `${JSON.stringify(value)}\n` }
}
