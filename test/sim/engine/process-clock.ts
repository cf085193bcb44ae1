import type { VirtualTime } from './types.ts'

/** A machine's own clock. It runs as fast as true time, and stands somewhere else. */
export interface ProcessClock {
  now(): number
  step(byMs: number): void
}

export function createClock(time: Pick<VirtualTime, 'now'>, startOffsetMs: number): ProcessClock {
  let offsetMs = startOffsetMs
  return {
    now: () => Math.floor(time.now() + offsetMs),
    step: (byMs) => void (offsetMs += byMs),
  }
}
