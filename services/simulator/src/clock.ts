import { setTimeout as sleep } from 'node:timers/promises'
import { systemClock as machineClock, type Clock } from '@twinreel/service/clock'

/** A clock that can also be waited on; a test gives one that it steps. */
export interface WaitingClock extends Clock {
  /** Resolves after so long; rejects when `signal` is aborted. */
  wait(delayMs: number, signal?: AbortSignal): Promise<void>
}

export const systemClock: WaitingClock = {
  ...machineClock,
  wait: async (delayMs, signal) => {
    await sleep(delayMs, undefined, signal === undefined ? {} : { signal })
  },
}
