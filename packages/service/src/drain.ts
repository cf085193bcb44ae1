import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from './log.ts'

export interface DrainStep {
  name: string
  stop(): Promise<void>
}

/** What this needs of a process. */
export interface DrainableProcess {
  on(signal: 'SIGTERM' | 'SIGINT', listener: (signal: 'SIGTERM' | 'SIGINT') => void): unknown
  off(signal: 'SIGTERM' | 'SIGINT', listener: (signal: 'SIGTERM' | 'SIGINT') => void): unknown
  exit(code: number): void
}

export interface Drain {
  /** Stops everything as a signal would, without leaving the process; 0 when all stopped, 1 otherwise. Again: the same answer. */
  drain(): Promise<number>
  /** Listens to signals no more. */
  dispose(): void
}

export interface DrainOptions {
  /** In the order in which they stop: first what takes work in, last what the others stand on. */
  steps: readonly DrainStep[]
  log: Logger
  /** For all steps together, 30 s by default: an orchestrator kills soon after. */
  deadlineMs?: number
  process?: DrainableProcess
}

const SIGNALS = ['SIGTERM', 'SIGINT'] as const

/** On SIGTERM or SIGINT stops the steps in order and leaves with the exit code. A second signal leaves at once with 1: somebody is in a hurry. */
export function drainOnSignal(options: DrainOptions): Drain {
  const host = options.process ?? process
  let draining: Promise<number> | undefined
  const drain = (): Promise<number> => (draining ??= stopAll(options))
  const onSignal = (signal: 'SIGTERM' | 'SIGINT'): void => {
    if (draining !== undefined) {
      host.exit(1)
      return
    }
    options.log.info({ signal }, 'draining')
    void drain().then((exitCode) => {
      options.log.info({ exitCode }, 'drained')
      host.exit(exitCode)
    })
  }
  for (const signal of SIGNALS) host.on(signal, onSignal)
  return {
    drain,
    dispose: () => {
      for (const signal of SIGNALS) host.off(signal, onSignal)
    },
  }
}

/** One step that fails does not keep the others from stopping; one that hangs does, until the deadline. */
async function stopAll({ steps, log, deadlineMs = 30_000 }: DrainOptions): Promise<number> {
  const abandoned = new AbortController()
  const late = sleep(deadlineMs, 'late' as const, { signal: abandoned.signal }).catch(() => 'stopped' as const)
  let exitCode = 0
  for (const step of steps) {
    const outcome = await Promise.race([stopOne(step, log), late])
    if (outcome !== 'stopped') exitCode = 1
    if (outcome === 'late') {
      log.error({ step: step.name, durationMs: deadlineMs }, 'did not stop in time')
      break
    }
  }
  abandoned.abort()
  return exitCode
}

async function stopOne(step: DrainStep, log: Logger): Promise<'stopped' | 'failed'> {
  try {
    await step.stop()
    return 'stopped'
  } catch (error) {
    log.error({ step: step.name, error }, 'failed to stop')
    return 'failed'
  }
}
