export interface FewAtOnce {
  /** Begins the job when there is room for it. Throws what an earlier one threw, and begins nothing then. */
  begin(job: () => Promise<void>): Promise<void>
  /** When all that was begun has ended. Throws what one of them threw. */
  ended(): Promise<void>
}

/** Jobs beside each other, at most `limit`. */
export function fewAtOnce(limit: number): FewAtOnce {
  const running = new Set<Promise<void>>()
  let failure: { error: unknown } | null = null

  async function run(job: () => Promise<void>): Promise<void> {
    try {
      await job()
    } catch (error) {
      failure ??= { error }
    }
  }

  function throwFailure(): void {
    if (failure !== null) throw failure.error
  }

  return {
    async begin(job) {
      while (running.size >= limit) await Promise.race(running)
      throwFailure()
      const one = run(job).finally(() => running.delete(one))
      running.add(one)
    },
    async ended() {
      await Promise.all(running)
      throwFailure()
    },
  }
}
