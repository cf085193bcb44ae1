import { markPublished, takeOutbox } from '@twinreel/catalog/outbox'
import type { RecorderDeps } from './deps.ts'

export interface OutboxPublisher {
  /** There may be something to send. */
  kick(): void
  /** Sends what is there and stops. */
  stop(): Promise<void>
}

const BATCH = 1_000
const RETRY_MS = 1_000
/** What is committed in quick succession is published together. */
const LINGER_MS = 50
const utf8 = new TextEncoder()

/** Sends on what the catalog's transactions said is to be published: at least once, in their order, each under an id that tells a repeat. */
export function outboxPublisher(deps: Pick<RecorderDeps, 'catalog' | 'eventLog' | 'log' | 'wait' | 'observe'>): OutboxPublisher {
  const stopping = new AbortController()
  let again = false
  let running: Promise<void> | null = null

  async function publishAll(): Promise<void> {
    for (;;) {
      await deps.wait(LINGER_MS, stopping.signal)
      again = false
      try {
        const waiting = await takeOutbox(deps.catalog, BATCH)
        if (waiting.length > 0) {
          await deps.eventLog.append(waiting.map(({ topic, key, headers, value }) => ({ topic, key, headers, value: utf8.encode(value) })))
          await markPublished(
            deps.catalog,
            waiting.map((message) => message.outboxId),
          )
          deps.observe?.published(waiting.length)
        }
        if (waiting.length < BATCH && !again) return
      } catch (error) {
        deps.observe?.publishFailed()
        deps.log.warn({ error }, 'the outbox could not be published; trying again')
        if (stopping.signal.aborted) return
        await deps.wait(RETRY_MS, stopping.signal)
      }
    }
  }

  function kick(): void {
    again = true
    running ??= publishAll().finally(() => {
      running = null
      if (again) kick()
    })
  }

  return {
    kick,
    async stop() {
      stopping.abort()
      kick()
      await running
    },
  }
}
