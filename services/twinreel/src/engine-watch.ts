import { setTimeout as delay } from 'node:timers/promises'
import { TOPICS } from '@twinreel/contracts/topics'
import { mayPass } from '@twinreel/recorder/patience'
import type { Logger } from '@twinreel/service/log'
import type { Engines } from './engines.ts'

const EVERY_MS = 5_000

/** Asks each engine something small again and again. Rejects when one is broken for good; resolves when told to stop. */
export async function watchEngines({ eventLog, catalog, store }: Engines, options: { log: Logger; signal: AbortSignal }): Promise<void> {
  const { log, signal } = options
  while (!signal.aborted) {
    try {
      await eventLog.ranges(TOPICS.calls)
      await catalog.db.selectFrom('partitions').selectAll().execute()
      await store.list({ prefix: 'recordings/', limit: 1 })
    } catch (error) {
      if (signal.aborted) return
      if (!mayPass(error)) throw error
      log.warn({ error }, 'an engine does not answer')
    }
    // An aborted wait is a wait that is over.
    await delay(EVERY_MS, undefined, { signal, ref: false }).catch(() => undefined)
  }
}
