import { drainOnSignal, type DrainStep } from '@twinreel/service/drain'
import type { Logger } from '@twinreel/service/log'
import { engineError } from './command-error.ts'
import { EXIT } from './exit-codes.ts'
import { explain } from './explain.ts'

/** Services at work in this process. */
export interface Running {
  /** Resolves when they do their work. */
  ready: Promise<unknown>
  /** Reject when one can't go on; what resolves has been stopped. */
  ends: readonly Promise<unknown>[]
  /** In the order in which they stop: first what takes work in, last what the others stand on. */
  steps: readonly DrainStep[]
}

/**
 * Runs services until a signal drains them, which leaves the process from within; otherwise this only ever ends by throwing: what `start` threw, after which nothing
 * runs, or a `CommandError` when an engine fails for good. `last` is stopped after everything else, also when nothing started.
 */
export async function runProcess(options: {
  log: Logger
  start(signal: AbortSignal): Promise<Running>
  announce(): Promise<void>
  last?: DrainStep
}): Promise<never> {
  const { log, start, announce, last } = options
  process.on('uncaughtException', (error) => {
    log.error({ error }, 'not foreseen, giving up: the next one goes on from the log')
    process.exit(EXIT.engine)
  })
  const stopping = new AbortController()
  // A drain may be asked for while the services still start.
  const starting = start(stopping.signal)
  const draining = drainOnSignal({ log, steps: [drainOf(starting, stopping), ...(last === undefined ? [] : [last])] })
  const failure = await untilFailure(starting, announce)
  log.error({ error: failure }, 'an engine failed for good')
  await draining.drain()
  draining.dispose()
  const { what, next, exitCode } = explain(failure)
  if (exitCode !== EXIT.engine) throw failure
  throw engineError(what, next, failure)
}

/** One step, because what there is to stop is known only when all has started. */
function drainOf(starting: Promise<Running>, stopping: AbortController): DrainStep {
  return {
    name: 'services',
    async stop() {
      stopping.abort()
      const running = await starting.catch(() => null)
      const failures: unknown[] = []
      for (const step of running?.steps ?? []) await step.stop().catch((error: unknown) => failures.push(error))
      if (failures.length > 0) throw new AggregateError(failures, 'not everything stopped')
    },
  }
}

/** Answers why the services could not start or go on. After a drain it never does: that ends the process. */
async function untilFailure(starting: Promise<Running>, announce: () => Promise<void>): Promise<unknown> {
  try {
    const { ready, ends } = await starting
    await Promise.all([ready.then(announce), ...ends])
    return await new Promise<never>(() => {})
  } catch (error) {
    return error
  }
}
