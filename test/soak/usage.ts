import type { Metrics } from '../support/recorders/recorder-process.ts'

/** What the recorders took of the machine, as far as they were asked. */
export interface Usage {
  saw(recorder: string, metrics: Metrics): void
  /** Begins the next stretch, of which the largest process is told apart. */
  nextStretch(): void
  /** Of all recorders together, also of those that died. */
  cpuSeconds(): number
  /** The largest process of each stretch. */
  peakBytes(): readonly number[]
}

export function createUsage(): Usage {
  const cpu = new Map<string, number>()
  const peaks = [0]
  return {
    saw(recorder, metrics) {
      cpu.set(recorder, metrics.samples('process_cpu_seconds_total')[0] ?? 0)
      const bytes = metrics.samples('process_resident_memory_bytes')[0] ?? 0
      peaks[peaks.length - 1] = Math.max(peaks.at(-1) ?? 0, bytes)
    },
    nextStretch: () => void peaks.push(0),
    cpuSeconds: () => [...cpu.values()].reduce((sum, seconds) => sum + seconds, 0),
    peakBytes: () => peaks.filter((bytes) => bytes > 0),
  }
}
