import { createHash } from 'node:crypto'
import type { ObjectStore } from '@twinreel/object-store/port'
import type { RecorderDeps } from './deps.ts'

/** An object as it lies in the store. */
export interface Written {
  key: string
  sha256: string
  sizeBytes: number
}

export interface StoreWriter {
  /**
   * Writes an object that is determined by the log: writing it twice is writing it once. Different bytes under the same key are an alarm; ours then lie
   * beside it under `conflictKey(sha256)`. Tries until the store takes it or the writer is stopped (then it never settles). `bytes` is called when there is room.
   */
  write(object: { key: string; conflictKey: (sha256: string) => string; contentType: string; sizeBytes: number; bytes: () => Uint8Array }): Promise<Written>
  /** Bytes that are sealed and not yet in the store. */
  waitingBytes(): number
  /** Resolves when fewer than this many bytes wait. */
  roomFor(limitBytes: number): Promise<void>
  /** No further attempts; resolves when those under way have ended. */
  stop(): Promise<void>
}

const FIRST_RETRY_MS = 100
const LAST_RETRY_MS = 5_000

export function storeWriter(store: ObjectStore, deps: Pick<RecorderDeps, 'log' | 'wait'>, concurrency: number): StoreWriter {
  const queue: (() => Promise<void>)[] = []
  const stopping = new AbortController()
  let waitingBytes = 0
  let active = 0
  let watchers: { limitBytes: number; resolve: () => void }[] = []
  let idle: (() => void) | null = null

  function released(sizeBytes: number): void {
    waitingBytes -= sizeBytes
    const satisfied = watchers.filter((watcher) => waitingBytes < watcher.limitBytes)
    watchers = watchers.filter((watcher) => !satisfied.includes(watcher))
    for (const watcher of satisfied) watcher.resolve()
  }

  function next(): void {
    while (active < concurrency && !stopping.signal.aborted) {
      const job = queue.shift()
      if (job === undefined) return
      active += 1
      void job().finally(() => {
        active -= 1
        if (active === 0) idle?.()
        next()
      })
    }
  }

  /** One attempt after another; `null` when stopped. */
  async function persist(key: string, conflictKey: ((sha256: string) => string) | null, body: Uint8Array, sha256: string, contentType: string): Promise<Written | null> {
    for (let retryMs = FIRST_RETRY_MS; !stopping.signal.aborted; retryMs = Math.min(retryMs * 2, LAST_RETRY_MS)) {
      try {
        const outcome = await store.putIfAbsent({ key, body, sha256, contentType })
        if (outcome.kind === 'written' || outcome.sha256 === sha256) return { key, sha256, sizeBytes: body.length }
        deps.log.error({ key, sizeBytes: body.length }, 'an object with other bytes lies under this key; ours goes beside it')
        if (conflictKey === null) throw new Error(`${key}: other bytes lie under the key that names these by their hash`)
        return await persist(conflictKey(sha256), null, body, sha256, contentType)
      } catch (error) {
        deps.log.warn({ key, delayMs: retryMs, error }, 'the store did not take an object; trying again')
        await deps.wait(retryMs, stopping.signal)
      }
    }
    return null
  }

  return {
    write({ key, conflictKey, contentType, sizeBytes, bytes }) {
      waitingBytes += sizeBytes
      return new Promise((resolve, reject) => {
        queue.push(async () => {
          try {
            const body = bytes()
            const written = await persist(key, conflictKey, body, createHash('sha256').update(body).digest('hex'), contentType)
            if (written !== null) resolve(written)
          } catch (error) {
            reject(error instanceof Error ? error : new Error(String(error)))
          } finally {
            released(sizeBytes)
          }
        })
        next()
      })
    },
    waitingBytes: () => waitingBytes,
    roomFor(limitBytes) {
      if (waitingBytes < limitBytes) return Promise.resolve()
      return new Promise((resolve) => watchers.push({ limitBytes, resolve }))
    },
    async stop() {
      stopping.abort()
      for (const watcher of watchers) watcher.resolve()
      if (active > 0) await new Promise<void>((resolve) => (idle = resolve))
    },
  }
}
