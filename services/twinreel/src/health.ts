import type { DrainStep } from '@twinreel/service/drain'
import type { Check } from '@twinreel/service/health'
import type { Logger } from '@twinreel/service/log'
import type { MetricRegistry } from '@twinreel/service/metrics'
import { usageError } from './command-error.ts'
import { httpPortOf, type Configuration } from './environment/read-environment.ts'

/**
 * Health, readiness and metrics of a process, where its configuration wants them; the step stops them, as the last of a drain. Throws a usage
 * error when the port can't be had: nobody would look after such a process.
 */
export async function startHealth(options: {
  configuration: Pick<Configuration, 'http'>
  process: 'serve' | 'separate'
  checks: Readonly<Record<string, Check>>
  registry: MetricRegistry
  log: Logger
}): Promise<{ port: number | null; step: DrainStep }> {
  const { configuration, process, checks, registry, log } = options
  const port = httpPortOf(configuration, process)
  if (port === null) return { port, step: { name: 'health', stop: async () => undefined } }
  const { startObservability } = await import('@twinreel/service/observability')
  try {
    const server = await startObservability({ host: configuration.http.host, port, checks, registry, log })
    log.info({ port: server.port }, 'tells of its health')
    return { port: server.port, step: { name: 'health', stop: server.stop } }
  } catch (error) {
    if (!(error instanceof Error && error.name === 'ListenError')) throw error
    throw usageError(error.message, 'set TWINREEL_HTTP_PORT and TWINREEL_HTTP_HOST; TWINREEL_HTTP_PORT=0 tells nothing')
  }
}
