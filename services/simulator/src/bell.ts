/** Wakes one waiter; a ring that nobody waits for is kept for the next one who does. */
export interface Bell {
  ring(): void
  /** Every wait fails from now on. */
  fail(error: Error): void
  wait(): Promise<void>
}

export function createBell(): Bell {
  let rung = false
  let failure: { error: Error } | null = null
  let waiter: { resolve(): void; reject(error: Error): void } | null = null
  return {
    ring() {
      if (waiter === null) rung = true
      waiter?.resolve()
      waiter = null
    },
    fail(error) {
      failure ??= { error }
      waiter?.reject(failure.error)
      waiter = null
    },
    wait() {
      if (failure !== null) return Promise.reject(failure.error)
      if (!rung) return new Promise((resolve, reject) => void (waiter = { resolve, reject }))
      rung = false
      return Promise.resolve()
    },
  }
}
