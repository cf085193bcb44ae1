import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { startRecorder, type Recorder } from '@twinreel/recorder/recorder'
import type { RecorderDeps, RecorderOptions } from '@twinreel/recorder/deps'
import { systemClock } from '@twinreel/service/clock'
import type { Logger } from '@twinreel/service/log'
import type { Engines } from './engines.ts'
import { keyOfDirectory } from './keys/key-of-directory.ts'
import { signing, type Signing } from './keys/signing.ts'

/** A recorder on these engines, with this process's clock and timers. Without `signing` the data directory's own key signs, which is made where there is none. */
export function recordWith(
  engines: Engines,
  log: Logger,
  {
    onNotKept,
    observe,
    signing: given,
    wrappingKeys,
    monotonicMs,
    ...options
  }: Partial<RecorderOptions> &
    Pick<RecorderDeps, 'onNotKept' | 'observe' | 'wrappingKeys'> &
    Partial<Pick<RecorderDeps, 'monotonicMs'>> & { signing?: Signing | undefined } = {},
): Promise<Recorder> {
  const { dataDir, eventLog, store, catalog } = engines
  const { signer, trustedKeys } = given ?? signing(keyOfDirectory(dataDir), [])
  return startRecorder({
    eventLog,
    store,
    catalog,
    signer,
    trustedKeys,
    log,
    clock: systemClock,
    monotonicMs: monotonicMs ?? (() => performance.now()),
    ...(onNotKept === undefined ? {} : { onNotKept }),
    ...(observe === undefined ? {} : { observe }),
    ...(wrappingKeys === undefined ? {} : { wrappingKeys }),
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
