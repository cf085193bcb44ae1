import { setTimeout as sleep } from 'node:timers/promises'

/** Time as the simulator knows it; a test gives its own. */
export interface Clock {
  /** Milliseconds UTC. */
  nowMs(): number
  /** Resolves after so long; rejects when `signal` is aborted. */
  wait(delayMs: number, signal?: AbortSignal): Promise<void>
}

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  wait: async (delayMs, signal) => {
    await sleep(delayMs, undefined, signal === undefined ? {} : { signal })
  },
}
