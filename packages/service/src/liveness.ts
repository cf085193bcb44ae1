import { monitorEventLoopDelay } from 'node:perf_hooks'

export interface Liveness {
  /** `null` when this process gets to its work, else why it is better restarted. */
  fault(): string | null
  /** The median of the last seconds. */
  delayMs(): number
  stop(): void
}

const RESOLUTION_MS = 50
const WINDOW_MS = 10_000
/** A whole batch folded at once is far below this; one long freeze does not move a median. */
const MAX_MEDIAN_DELAY_MS = 2_000

/** Watches how late the event loop comes round. The median of the last ten seconds counts: a process that was frozen once and goes on is well. */
export function watchEventLoop(): Liveness {
  const delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  delays.enable()
  const timer = setInterval(() => delays.reset(), WINDOW_MS)
  timer.unref()
  const delayMs = (): number => (delays.count === 0 ? 0 : Math.max(0, delays.percentile(50) / 1e6 - RESOLUTION_MS))
  return {
    delayMs,
    fault: () => (delayMs() > MAX_MEDIAN_DELAY_MS ? `the event loop comes round ${Math.round(delayMs())} ms late` : null),
    stop() {
      delays.disable()
      clearInterval(timer)
    },
  }
}
