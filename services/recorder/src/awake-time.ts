/** Time in which this process ran. */
export interface AwakeTime {
  /** To be asked again and again: what lies between two times of asking counts as far as the process can have run all the while. */
  nowMs(): number
}

/** Between two looks that lie further apart the process stood still, or the machine slept. */
const MOST_GAP_MS = 5_000

/**
 * Silence is measured by this alone. The wall clock may be set, the log's own clock may step back when a partition gets another leader, and who is frozen hears
 * nothing: none of them is a call that fell silent.
 */
export function awakeTime(monotonicMs: () => number): AwakeTime {
  let lastMs = monotonicMs()
  let totalMs = 0
  return {
    nowMs() {
      const readMs = monotonicMs()
      totalMs += Math.min(Math.max(0, readMs - lastMs), MOST_GAP_MS)
      lastMs = readMs
      return totalMs
    },
  }
}
