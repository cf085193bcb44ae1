import { setTimeout as delay } from 'node:timers/promises'
import type { RecorderProcess } from './recorder-process.ts'

/** An outage has a length; there is nothing to wait for but its end. */
export async function lasts(seconds: number): Promise<void> {
  await delay(seconds * 1_000)
}

export interface MemoryPeaks {
  residentBytes: number
  /** Sealed audio that waited in memory. */
  waitingBytes: number
}

/** Looks each half second until it is stopped. */
export function watchMemory(recorder: RecorderProcess): { stop(): Promise<MemoryPeaks> } {
  const peaks: MemoryPeaks = { residentBytes: 0, waitingBytes: 0 }
  const stopping = new AbortController()
  const watching = (async () => {
    while (!stopping.signal.aborted) {
      peaks.residentBytes = Math.max(peaks.residentBytes, await recorder.metric('process_resident_memory_bytes'))
      peaks.waitingBytes = Math.max(peaks.waitingBytes, await recorder.metric('twinreel_recorder_waiting_bytes{place="memory"}'))
      await delay(500, undefined, { signal: stopping.signal }).catch(() => undefined)
    }
  })()
  // Heard when it is stopped, which is later.
  watching.catch(() => undefined)
  return {
    async stop() {
      stopping.abort()
      await watching
      return peaks
    },
  }
}
