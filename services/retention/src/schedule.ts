import { schedule } from 'node-cron'
import type { Logger } from '@twinreel/service/log'
import { newClockGuard } from './clock-guard.ts'
import { runRetention, type RetentionOptions, type RunReport } from './run.ts'

export interface ScheduleOptions extends Omit<RetentionOptions, 'guard' | 'signal' | 'acceptClock' | 'retryAll'> {
  /** Cron expression with optional seconds, in UTC. Twice a minute by default, so that what is due is gone within the minute. */
  expression?: string
  onReport?: (report: RunReport) => void
  /** A run failed; the next one tries again. */
  onFailure?: (error: unknown) => void
}

export interface RetentionSchedule {
  /** Something became due just now: runs at once, or once more after the run under way. */
  runSoon(): void
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
  const holder = options.holder ?? options.catalog.newId()
  let running: Promise<void> | null = null
  /** Somebody said that something became due, and no run that began after that has ended yet. */
  let isOwed = false

  /** One run at a time, whoever asks for it. */
  async function run(): Promise<void> {
    while (running !== null) await running.catch(() => undefined)
    if (stopping.signal.aborted) return
    isOwed = false
    running = oneRun({ signal: stopping.signal }).finally(() => (running = null))
    await running
  }

  async function oneRun(limits: Pick<RetentionOptions, 'signal' | 'maxPerRun'>): Promise<void> {
    const report = await runRetention({ ...options, ...limits, guard, holder })
    options.onReport?.(report)
  }

  function failed(error: unknown): void {
    log.error({ error }, 'retention run failed, the next one tries again')
    options.onFailure?.(error)
  }

  const task = schedule(options.expression ?? '*/30 * * * * *', run, { timezone: 'UTC', noOverlap: true, name: 'retention', logger: cronLogger(log) })
  task.on('execution:failed', ({ execution }) => failed(execution?.error))
  return {
    runSoon() {
      // A run that waits for its turn will see what is due by then.
      if (isOwed) return
      isOwed = true
      run().catch(failed)
    },
    async stop() {
      await task.destroy()
      stopping.abort()
      await running?.catch(() => undefined)
      if (isOwed) await oneRun({ maxPerRun: LAST_RUN_MOST }).catch(failed)
    },
  }
}

/** A stop does what was asked for just before it, but not a whole backlog. */
const LAST_RUN_MOST = 200

function cronLogger(log: Logger): {
  info(message: string): void
  warn(message: string): void
  error(message: string | Error, error?: Error): void
  debug(message: string | Error, error?: Error): void
} {
  return {
    info: (message) => log.debug({}, message),
    warn: (message) => log.warn({}, message),
    error: (message, error) => log.error({ error: error ?? message }, 'scheduler'),
    debug: (message) => log.debug({}, String(message)),
  }
}
