import { isPassing } from '@twinreel/catalog/failure'
import type { RecorderDeps } from './deps.ts'

/** Runs `work` until an engine that is away for a while is back. */
export type Patiently = <T>(work: () => Promise<T>) => Promise<T>

const FIRST_RETRY_MS = 100
const LAST_RETRY_MS = 5_000

/**
 * Does again what an engine refused for now, after 0.1 s, doubling up to 5 s: a restart of a server must not cost a fold from the last checkpoint for each partition.
 * What will not pass is thrown, and so is everything once nobody wants the result any more.
 */
export function patience(deps: Pick<RecorderDeps, 'log' | 'wait'>, until: { stopping: AbortSignal; isVoid(): boolean; partition?: number }): Patiently {
  return async (work) => {
    for (let delayMs = FIRST_RETRY_MS; ; delayMs = Math.min(delayMs * 2, LAST_RETRY_MS)) {
      try {
        return await work()
      } catch (error) {
        if (until.stopping.aborted || until.isVoid() || !mayPass(error)) throw error
        deps.log.warn({ ...(until.partition === undefined ? {} : { partition: until.partition }), delayMs, error }, 'an engine does not answer; trying again')
        await deps.wait(delayMs, until.stopping)
      }
    }
  }
}

/** Whether what an engine of either form refused may work a little later. */
export function mayPass(error: unknown): boolean {
  if (error instanceof Error && 'retriable' in error) return error.retriable === true
  return isPassing(error)
}
