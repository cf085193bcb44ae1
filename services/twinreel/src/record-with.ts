import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { startRecorder, type Recorder } from '@twinreel/recorder/recorder'
import type { RecorderDeps, RecorderOptions } from '@twinreel/recorder/deps'
import { systemClock } from '@twinreel/service/clock'
import type { Logger } from '@twinreel/service/log'
import type { Engines } from './engines.ts'

/** A recorder on these engines, with this process's clock and timers. */
export function recordWith(
  engines: Engines,
  log: Logger,
  { onNotKept, observe, ...options }: Partial<RecorderOptions> & Pick<RecorderDeps, 'onNotKept' | 'observe'> = {},
): Promise<Recorder> {
  const { dataDir, eventLog, store, catalog } = engines
  return startRecorder({
    eventLog,
    store,
    catalog,
    log,
    clock: systemClock,
    ...(onNotKept === undefined ? {} : { onNotKept }),
    ...(observe === undefined ? {} : { observe }),
    options: { spoolDir: join(dataDir, 'spool'), ...options },
    async wait(ms, signal) {
      // An aborted wait is a wait that is over.
      await delay(ms, undefined, { signal, ref: false }).catch(() => undefined)
    },
    every(ms, callback) {
      const timer = setInterval(callback, ms)
      timer.unref()
      return () => clearInterval(timer)
    },
  })
}
