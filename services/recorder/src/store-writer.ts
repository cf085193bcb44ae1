import { createHash } from 'node:crypto'
import type { ObjectStore } from '@twinreel/object-store/port'
import type { RecorderDeps } from './deps.ts'
import type { WriteLease } from './partition-lease.ts'
import { newScratch, type Scratch } from './scratch.ts'
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
   * beside it under `conflictKey(sha256)`. Tries until the store takes it or the writer is stopped (then it never settles). `bytes` is
   * called when there is room; what it makes may stand in the scratch.
   */
  write(object: {
    key: string
    conflictKey: (sha256: string) => string
    /** Whether other bytes that lie under the key already are as good as ours. Without it none are. */
    isSame?(present: Uint8Array, ours: Uint8Array): boolean
    contentType: string
    sizeBytes: number
    /** Asked before each attempt: if it is not held, it is not written, and this never settles. */
    lease: WriteLease
    bytes: (scratch: Scratch) => Uint8Array
  }): Promise<Written>
  /** Bytes that are sealed and not yet in the store, in memory and set aside. */
  waitingBytes(): number
  /** Whether so much waits, or the spool's disk takes so little, that nothing more should be read. */
  isFull(): boolean
  /** The same bytes by where they are, and whether the store has just taken nothing while others waited for room. */
  waiting(): { memoryBytes: number; spoolBytes: number; putBytes: number; isStuck: boolean }
  /**
   * Resolves when there is room for more: in memory; or on disk, if the store has taken nothing for a while (one that is merely slower than the log is waited
   * for); or when everything is about to stop.
   */
  room(): Promise<void>
  /** Nobody is made to wait for room any more: everything is about to stop. */
  unblock(): void
  /** Resolves when everything handed over is in the store, at the latest after so long. */
  settle(limitMs: number): Promise<void>
  /** No further attempts; resolves when those under way have ended. */
  stop(): Promise<void>
}

/** A store that finished nothing for this long is not slow but stuck. */
const STUCK_AFTER_MS = 250
const FIRST_RETRY_MS = 100
const LAST_RETRY_MS = 5_000

export interface StoreWriterOptions {
  concurrency: number
  /** Sealed audio kept in memory; what comes on top is put aside if the store takes nothing, else it is waited for. */
  maxMemoryBytes: number
  /** Sealed audio that waits in all. */
  maxWaitingBytes: number
  /** `null`: nothing is put aside, memory is all there is. */
  spool: Spool | null
}

export function storeWriter(store: ObjectStore, deps: Pick<RecorderDeps, 'log' | 'wait' | 'observe'>, options: StoreWriterOptions): StoreWriter {
  const { concurrency, maxMemoryBytes, maxWaitingBytes, spool } = options
  const queue: ((scratch: Scratch) => Promise<void>)[] = []
  /** One for each object that is written just now. */
  const scratches = Array.from({ length: concurrency }, newScratch)
  const spillScratch = newScratch()
  const stopping = new AbortController()
  let waitingBytes = 0
  let memoryBytes = 0
  let spoolBytes = 0
  let waiters: (() => void)[] = []
  let isUnblocked = false
  let isStuck = false
  let isSpoolRefused = false
  let offering: Promise<void> | null = null
  const idle: (() => void)[] = []

  function released(sizeBytes: number): void {
    waitingBytes -= sizeBytes
    if (isStuck) deps.log.info({ sizeBytes: waitingBytes }, 'the store takes objects again')
    isStuck = false
    for (const resolve of waiters.splice(0)) resolve()
  }

  function stuck(): void {
    isStuck = true
    deps.log.warn(
      { sizeBytes: waitingBytes },
      spool !== null ? 'the store takes nothing: sealed audio is put aside on disk' : 'the store takes nothing: reading is paused',
    )
  }

  function hasRoom(): boolean {
    return isUnblocked || memoryBytes < maxMemoryBytes || (spool !== null && isStuck && !isSpoolRefused && waitingBytes < maxWaitingBytes)
  }

  /** The spool's disk may be full. What it would not take stays in memory, so nothing more is read until it takes that. */
  function lookAtSpool(): void {
    const refusedBytes = spool?.refusedBytes() ?? 0
    if (refusedBytes > 0 && !isSpoolRefused)
      deps.log.warn({ sizeBytes: refusedBytes }, 'the spool’s disk takes nothing either: make room on it; reading is paused')
    isSpoolRefused = refusedBytes > 0
  }

  /**
   * Each partition waits for room by itself, but they offer the disk the same bytes together: the second of two offers at once would find them taken
   * already, hold them for brought back and remove the file.
   */
  async function offerAgain(): Promise<void> {
    if (spool === null || !isSpoolRefused) return
    await (offering ??= spool.tryAgain().finally(() => (offering = null)))
  }

  /** What gives the bytes when their turn comes: made then, or, when memory is full and the store takes nothing, made now and put aside. */
  function hold(sizeBytes: number, bytes: (scratch: Scratch) => Uint8Array): (scratch: Scratch) => Promise<Uint8Array> {
    if (spool === null || !isStuck || memoryBytes + sizeBytes <= maxMemoryBytes) {
      memoryBytes += sizeBytes
      return (scratch) => {
        memoryBytes -= sizeBytes
        return Promise.resolve(bytes(scratch))
      }
    }
    spoolBytes += sizeBytes
    const aside = spool.putAside(bytes(spillScratch))
    // Looked at when its turn comes; until then a failure is nobody's.
    aside.then(lookAtSpool).catch(() => undefined)
    return async () => {
      const bringBack = await aside.finally(() => (spoolBytes -= sizeBytes))
      return bringBack()
    }
  }

  function next(): void {
    while (!stopping.signal.aborted) {
      const [job, scratch] = [queue[0], scratches.at(-1)]
      if (job === undefined || scratch === undefined) return
      queue.shift()
      scratches.pop()
      void job(scratch).finally(() => {
        scratches.push(scratch)
        next()
        if (isIdle()) for (const resolve of idle.splice(0)) resolve()
      })
    }
  }

  function isIdle(): boolean {
    return scratches.length === concurrency
  }

  /** One attempt after another; `null` when stopped or not wanted any more. */
  async function persist(object: {
    key: string
    conflictKey: ((sha256: string) => string) | null
    isSame: ((present: Uint8Array, ours: Uint8Array) => boolean) | undefined
    body: Uint8Array
    sha256: string
    contentType: string
    lease: WriteLease
  }): Promise<Written | null> {
    const { key, conflictKey, isSame, body, sha256, contentType, lease } = object
    for (let retryMs = FIRST_RETRY_MS; !stopping.signal.aborted && (await lease.isHeld()); retryMs = Math.min(retryMs * 2, LAST_RETRY_MS)) {
      const signal = lease.signal()
      let isLate = false
      const mayBegin = (): boolean => !(isLate = !lease.mayBegin())
      try {
        const beganMs = performance.now()
        const outcome = await store.putIfAbsent({ key, body, sha256, contentType, mayBegin, signal })
        const present = outcome.kind === 'exists' && outcome.sha256 !== sha256 && isSame !== undefined ? await store.get(key) : null
        const same = present !== null && isSame?.(present, body) === true ? present : null
        const how = outcome.kind === 'written' ? 'written' : outcome.sha256 === sha256 || same !== null ? 'existed' : 'conflict'
        deps.observe?.put(how, body.length, performance.now() - beganMs)
        if (same !== null) return { key, sha256: hashOf(same), sizeBytes: same.length }
        if (how !== 'conflict') return { key, sha256, sizeBytes: body.length }
        deps.log.error({ key, sizeBytes: body.length }, 'an object with other bytes lies under this key; ours goes beside it')
        if (conflictKey === null) throw new Error(`${key}: other bytes lie under the key that names these by their hash`)
        return await persist({ ...object, key: conflictKey(sha256), conflictKey: null })
      } catch (error) {
        // It is not the store's fault when the process stood still: then it was not asked, or not to the end.
        if (!isLate && !signal.aborted) {
          deps.observe?.putFailed()
          deps.log.warn({ key, delayMs: retryMs, error }, 'the store did not take an object; trying again')
        }
        await deps.wait(retryMs, stopping.signal)
      }
    }
    return null
  }

  return {
    write({ key, conflictKey, isSame, contentType, sizeBytes, lease, bytes }) {
      waitingBytes += sizeBytes
      const load = hold(sizeBytes, bytes)
      return new Promise((resolve, reject) => {
        queue.push(async (scratch) => {
          try {
            const body = await load(scratch)
            const sha256 = hashOf(body)
            const written = await persist({ key, conflictKey, isSame, body, sha256, contentType, lease })
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
    isFull: () => waitingBytes >= maxWaitingBytes || (isSpoolRefused && memoryBytes >= maxMemoryBytes),
    waiting: () => ({ memoryBytes, spoolBytes, putBytes: waitingBytes - memoryBytes - spoolBytes, isStuck }),
    async room() {
      while (!hasRoom()) {
        const over = new AbortController()
        let wake: () => void = () => undefined
        const freed = new Promise<'freed'>((resolve) => (wake = () => resolve('freed')))
        waiters.push(wake)
        const late = deps.wait(STUCK_AFTER_MS, over.signal).then(() => 'late' as const)
        if ((await Promise.race([freed, late])) === 'late' && !isStuck) stuck()
        over.abort()
        await offerAgain()
        lookAtSpool()
        waiters = waiters.filter((waiter) => waiter !== wake)
      }
    },
    unblock() {
      isUnblocked = true
      for (const resolve of waiters.splice(0)) resolve()
    },
    async settle(limitMs) {
      const over = new AbortController()
      const allWritten = isIdle() ? Promise.resolve() : new Promise<void>((resolve) => idle.push(resolve))
      await Promise.race([allWritten, deps.wait(limitMs, over.signal)])
      over.abort()
    },
    async stop() {
      stopping.abort()
      if (!isIdle()) await new Promise<void>((resolve) => idle.push(resolve))
      await spool?.close()
    },
  }
}

function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
