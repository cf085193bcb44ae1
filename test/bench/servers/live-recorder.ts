import { makeLogger } from '@twinreel/service/log'
import { systemClock } from '@twinreel/service/clock'
import { openPlace, type Engines } from '@twinreel/twinreel/engines'
import type { Servers } from '@twinreel/twinreel/place'
import { recordWith } from '@twinreel/twinreel/record-with'
import { until } from '../measure.ts'
import { startProfiler } from '../profile/profiler.ts'
import type { Profiled } from './record.ts'

/** When a manifest was in the store, by this machine's clock. */
export interface StoredManifest {
  key: string
  storedAtMs: number
}

export interface LiveFigures {
  cpuMs: number
  residentBytes: number
}

/** A recorder whose CPU is counted from `begin` to `finish`; its store notes when manifests are durable. */
export async function liveRecorder(
  place: Servers,
  { profile = null }: Profiled,
): Promise<{ begin(given: unknown): Promise<void>; finish(): Promise<LiveFigures>; stop(): Promise<readonly StoredManifest[]> }> {
  const engines = await openPlace(place)
  const manifests: StoredManifest[] = []
  const recorder = await recordWith({ ...engines, store: noting(engines.store, manifests) }, makeLogger({ name: 'bench', level: 'error' }))
  let cpu = process.cpuUsage()
  let stopProfiler: () => Promise<void> = () => Promise.resolve()
  return {
    /** Waits for these calls to be live and all their audio to be folded. */
    async begin(given) {
      const { calls } = given as { calls: number }
      await until(`${calls} live calls`, async () => recorder.stats().lag === 0 && recorder.stats().liveCalls === calls && recorder.stats().waitingBytes === 0)
      stopProfiler = await startProfiler(profile)
      cpu = process.cpuUsage()
    },
    async finish() {
      const { user, system } = process.cpuUsage(cpu)
      await stopProfiler()
      return { cpuMs: (user + system) / 1_000, residentBytes: process.memoryUsage.rss() }
    },
    async stop() {
      await recorder.stop()
      await engines.close()
      return manifests
    },
  }
}

function noting(store: Engines['store'], manifests: StoredManifest[]): Engines['store'] {
  return {
    ...store,
    async putIfAbsent(put) {
      const outcome = await store.putIfAbsent(put)
      if (put.key.endsWith('/manifest.json')) manifests.push({ key: put.key, storedAtMs: systemClock.now() })
      return outcome
    },
  }
}
