/** The waiting side of one partition's loop. A wake that comes before the wait is not lost. */
export interface Lane {
  readonly partitionId: number
  readonly partition: number
  isPaused(): boolean
  pause(): void
  resume(): void
  wake(): void
  /** Forgets wakes so far: what they announced is about to be read. */
  expectWake(): void
  /** Resolves at the first wake since `expectWake`. */
  woken(): Promise<void>
}

export function createLane(partitionId: number, partition: number): Lane {
  let paused = false
  let wakes = 0
  let waiter: (() => void) | null = null

  function wake(): void {
    wakes++
    waiter?.()
    waiter = null
  }

  return {
    partitionId,
    partition,
    isPaused: () => paused,
    pause() {
      paused = true
    },
    resume() {
      paused = false
      wake()
    },
    wake,
    expectWake() {
      wakes = 0
    },
    async woken() {
      if (wakes === 0) await new Promise<void>((resolve) => (waiter = resolve))
      wakes = 0
    },
  }
}
