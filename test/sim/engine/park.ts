import type { Random, VirtualTime } from './types.ts'

/** What waits while a process is frozen. */
export interface Park {
  put(label: string, event: () => void, isTimer: boolean): void
  /** Lets everything go on, one after another: timers first, or answers first, or as they came; each kind in its own order. */
  release(): void
  empty(): void
}

interface Parked {
  label: string
  event: () => void
  isTimer: boolean
}

/** Time between two of them after a thaw: a process has one thread. */
const STEP_MS = 0.01

export function createPark(time: VirtualTime, random: Random): Park {
  let parked: Parked[] = []
  return {
    put: (label, event, isTimer) => void parked.push({ label, event, isTimer }),
    empty: () => void (parked = []),
    release() {
      const order = random.pick(['timers', 'answers', 'arrival'])
      const waiting =
        order === 'arrival'
          ? parked
          : [...parked.filter(({ isTimer }) => isTimer === (order === 'timers')), ...parked.filter(({ isTimer }) => isTimer !== (order === 'timers'))]
      parked = []
      for (const [index, { label, event }] of waiting.entries()) time.at(time.now() + (index + 1) * STEP_MS, label, event)
    },
  }
}
