import { createHash } from 'node:crypto'
import type { ObjectStore } from '@twinreel/object-store/port'
import type { RecorderDeps } from './deps.ts'
import type { Spool } from './spool.ts'

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
  /** Bytes that are sealed and not yet in the store, in memory and set aside. */
  waitingBytes(): number
  /** Whether so much waits that nothing more should be read. */
  isFull(): boolean
  /** Resolves when there is room again, or when everything is about to stop. */
  room(): Promise<void>
  /** Nobody is made to wait for room any more: everything is about to stop. */
  unblock(): void
  /** Resolves when everything handed over is in the store, at the latest after so long. */
  settle(limitMs: number): Promise<void>
  /** No further attempts; resolves when those under way have ended. */
  stop(): Promise<void>
}

const FIRST_RETRY_MS = 100
const LAST_RETRY_MS = 5_000

export interface StoreWriterOptions {
  concurrency: number
  /** Sealed audio kept in memory; what comes on top is put aside. */
  maxMemoryBytes: number
  /** Sealed audio that waits in all. */
  maxWaitingBytes: number
  /** `null`: nothing is put aside, memory is all there is. */
  spool: Spool | null
}

export function storeWriter(store: ObjectStore, deps: Pick<RecorderDeps, 'log' | 'wait'>, options: StoreWriterOptions): StoreWriter {
  const { concurrency, maxMemoryBytes, maxWaitingBytes, spool } = options
  const queue: (() => Promise<void>)[] = []
  const stopping = new AbortController()
  let waitingBytes = 0
  let memoryBytes = 0
  let active = 0
  const waiters: (() => void)[] = []
  let isUnblocked = false
  let idle: (() => void) | null = null

  function released(sizeBytes: number): void {
    waitingBytes -= sizeBytes
    if (waitingBytes >= maxWaitingBytes) return
    for (const resolve of waiters.splice(0)) resolve()
  }

  /** What gives the bytes when their turn comes: made then, or, when too much waits in memory, made now and put aside. */
  function hold(sizeBytes: number, bytes: () => Uint8Array): () => Promise<Uint8Array> {
    if (spool === null || memoryBytes + sizeBytes <= maxMemoryBytes) {
      memoryBytes += sizeBytes
      return () => {
        memoryBytes -= sizeBytes
        return Promise.resolve(bytes())
      }
    }
    const aside = spool.putAside(bytes())
    // Looked at when its turn comes; until then a failure is nobody's.
    aside.catch(() => undefined)
    return async () => (await aside)()
  }

  function next(): void {
    while (active < concurrency && !stopping.signal.aborted) {
      const job = queue.shift()
      if (job === undefined) return
      active += 1
      void job().finally(() => {
        active -= 1
        next()
        if (active === 0) idle?.()
      })
    }
  }

  /** One attempt after another; `null` when stopped. */
  async function persist(
    key: string,
    conflictKey: ((sha256: string) => string) | null,
    body: Uint8Array,
    sha256: string,
    contentType: string,
  ): Promise<Written | null> {
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
      const load = hold(sizeBytes, bytes)
      return new Promise((resolve, reject) => {
        queue.push(async () => {
          try {
            const body = await load()
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
    isFull: () => waitingBytes >= maxWaitingBytes,
    room() {
      if (waitingBytes < maxWaitingBytes || isUnblocked) return Promise.resolve()
      return new Promise((resolve) => waiters.push(resolve))
    },
    unblock() {
      isUnblocked = true
      for (const resolve of waiters.splice(0)) resolve()
    },
    async settle(limitMs) {
      const over = new AbortController()
      const allWritten = active === 0 ? Promise.resolve() : new Promise<void>((resolve) => (idle = resolve))
      await Promise.race([allWritten, deps.wait(limitMs, over.signal)])
      over.abort()
    },
    async stop() {
      stopping.abort()
      if (active > 0) await new Promise<void>((resolve) => (idle = resolve))
      await spool?.close()
    },
  }
}
