/** Milliseconds UTC. */
export interface Clock {
  now(): number
}

export const systemClock: Clock = { now: () => Date.now() }

/** A clock that is ahead of another (behind, if negative): for demonstrations, which can't wait thirty days. */
export function offsetClock(clock: Clock, offsetMs: number): Clock {
  return { now: () => clock.now() + offsetMs }
}
