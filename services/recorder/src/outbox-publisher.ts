import { publishOutbox } from '@twinreel/catalog/outbox'
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
/** Another recorder is publishing. */
const BUSY_MS = 100
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
        const published = await publishOutbox(deps.catalog, { limit: BATCH }, async (messages) => {
          await deps.eventLog.append(messages.map(({ topic, key, headers, value }) => ({ topic, key, headers, value: utf8.encode(value) })))
        })
        if (published.kind === 'busy') {
          // Who publishes just now may have looked before ours was there.
          if (stopping.signal.aborted) return
          await deps.wait(BUSY_MS, stopping.signal)
          continue
        }
        deps.observe?.published(published.messages)
        if (published.messages < BATCH && !again) return
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
