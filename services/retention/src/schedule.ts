import { schedule } from 'node-cron'
import type { Logger } from '@twinreel/service/log'
import { newClockGuard } from './clock-guard.ts'
import { runRetention, type RetentionOptions, type RunReport } from './run.ts'

export interface ScheduleOptions extends Omit<RetentionOptions, 'guard' | 'signal' | 'acceptClock'> {
  /** Cron expression with optional seconds, in UTC. Twice a minute by default, so that what is due is gone within the minute. */
  expression?: string
  onReport?: (report: RunReport) => void
}

export interface RetentionSchedule {
  /** No further run begins; one that runs ends after its batch. */
  stop(): Promise<void>
}

/**
 * Runs retention on a schedule. Each run asks the catalog for all that is due, so a missed one is caught up by the next, and nothing sleeps until
 * a due date: timers of more than 24.8 days fire at once.
 */
export function scheduleRetention(options: ScheduleOptions): RetentionSchedule {
  const { log } = options
  const stopping = new AbortController()
  const guard = newClockGuard()
  let running: Promise<unknown> = Promise.resolve()
  const task = schedule(
    options.expression ?? '*/30 * * * * *',
    () => {
      const run = runRetention({ ...options, guard, signal: stopping.signal }).then((report) => options.onReport?.(report))
      running = run.catch(() => {})
      return run
    },
    { timezone: 'UTC', noOverlap: true, name: 'retention', logger: cronLogger(log) },
  )
  task.on('execution:failed', ({ execution }) => log.error({ error: execution?.error }, 'retention run failed, the next one tries again'))
  return {
    async stop() {
      stopping.abort()
      await task.destroy()
      await running
    },
  }
}

function cronLogger(log: Logger): { info(message: string): void; warn(message: string): void; error(message: string | Error, error?: Error): void; debug(message: string | Error, error?: Error): void } {
  return {
    info: (message) => log.debug({}, message),
    warn: (message) => log.warn({}, message),
    error: (message, error) => log.error({ error: error ?? message }, 'scheduler'),
    debug: (message) => log.debug({}, String(message)),
  }
}
