import { setImmediate as turn, setTimeout as delay } from 'node:timers/promises'
import { openCatalog, type Catalog } from '@twinreel/catalog/open'
import { TOPICS } from '@twinreel/contracts/topics'
import type { EventLog } from '@twinreel/event-log/port'
import { openSqliteLog } from '@twinreel/event-log/sqlite'
import { memoryStore } from '@twinreel/object-store/memory'
import type { ObjectStore } from '@twinreel/object-store/port'
import type { RecorderDeps } from '@twinreel/recorder/deps'
import { startRecorder } from '@twinreel/recorder/recorder'
import { silentLogger } from '@twinreel/service/log'
import { newSigningKeyPem, signingKey } from '@twinreel/service/signing-key'
import { trustedKeys } from '@twinreel/service/trusted-keys'

/** Log, store and catalog, wherever they are. */
export interface Engines {
  eventLog: EventLog
  store: ObjectStore
  catalog: Catalog
}

/** A recorder and its engines in memory, on a clock that goes on with the calls. */
export interface VirtualWorld extends Engines {
  /** Milliseconds UTC. */
  now(): number
  /** The clock never goes back. */
  advance(toMs: number): void
  /** The clock goes on by itself, and the recorder does what it does from time to time. */
  pass(toMs: number): Promise<void>
  /** Resolves when the recorder has written down all it knows. */
  finish(): Promise<void>
  /** The recorder goes; when this is done another one comes. Resolves when that has read what there is. */
  restart(meanwhile: () => Promise<void>): Promise<void>
  /** Of what was published nothing is left. */
  loseLog(): Promise<void>
  close(): Promise<void>
}

export interface WorldOptions {
  openStore?(clock: () => number): ObjectStore
}

/** Longer ones would look as if the process had stood still. */
const STEP_MS = 500
/** Enough for a message to be appended, read and answered, all of it in memory. */
const TURNS_A_STEP = 20

/** Monday, 6 January 2025, 09:00 UTC. */
export const VIRTUAL_START_MS = Date.UTC(2025, 0, 6, 9)

/** `openStore`: in place of a store in memory. */
export async function openVirtualWorld({ openStore = (clock) => memoryStore({ clock }) }: WorldOptions = {}): Promise<VirtualWorld> {
  let nowMs = VIRTUAL_START_MS
  const now = (): number => nowMs
  const eventLog = await openSqliteLog({ path: ':memory:', clock: now })
  await eventLog.ensureTopics(Object.values(TOPICS).map((topic) => ({ topic, partitions: 1 })))
  const catalog = await openCatalog({ path: ':memory:', clock: now })
  const store = openStore(now)
  const recurring = new Set<{ ms: number; callback: () => void; dueMs: number }>()
  const signer = signingKey(newSigningKeyPem())
  const deps: RecorderDeps = {
    eventLog,
    store,
    catalog,
    signer,
    trustedKeys: trustedKeys([signer.publicKey]),
    log: silentLogger,
    clock: { now },
    monotonicMs: now,
    options: { lingerMs: 0, lingerCalmMs: 0, lingerBehindMs: 0 },
    // Nobody joins a commit by waiting here; what waits for longer waits for an engine.
    async wait(ms, signal) {
      if (ms === 0) await turn()
      else await delay(ms, undefined, { signal, ref: false }).catch(() => undefined)
    },
    // Most calls say themselves when nothing was heard for too long, and what is published is published with each commit.
    every(ms, callback) {
      const one = { ms, callback, dueMs: nowMs + ms }
      recurring.add(one)
      return () => void recurring.delete(one)
    },
  }
  let recorder = await startRecorder(deps)
  await recorder.ready
  let finishing: Promise<void> | null = null
  const finish = (): Promise<void> => (finishing ??= recorder.stop())
  return {
    eventLog,
    store,
    catalog,
    now,
    async restart(meanwhile) {
      await recorder.stop()
      await meanwhile()
      recorder = await startRecorder(deps)
      await recorder.ready
    },
    async loseLog() {
      for (const { partition, endOffset } of await eventLog.ranges(TOPICS.calls))
        await eventLog.trim({ topic: TOPICS.calls, partition, beforeOffset: endOffset, olderThanMs: Number.MAX_SAFE_INTEGER })
    },
    async pass(toMs) {
      while (nowMs < toMs) {
        nowMs = Math.min(toMs, nowMs + STEP_MS)
        for (const one of recurring)
          if (one.dueMs <= nowMs) {
            one.dueMs = nowMs + one.ms
            one.callback()
          }
        for (let i = 0; i < TURNS_A_STEP; i++) await turn()
      }
    },
    advance: (toMs) => void (nowMs = Math.max(nowMs, toMs)),
    finish,
    async close() {
      await finish()
      await store.close()
      await catalog.close()
      await eventLog.close()
    },
  }
}
