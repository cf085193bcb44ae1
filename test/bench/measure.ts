export interface Measured {
  cpuMs: number
  wallMs: number
}

/** CPU (user and system, all threads) and wall time of the whole process while `work` runs. */
export async function measure(work: () => Promise<void>): Promise<Measured> {
  const cpu = process.cpuUsage()
  const startedMs = performance.now()
  await work()
  const { user, system } = process.cpuUsage(cpu)
  return { cpuMs: (user + system) / 1_000, wallMs: performance.now() - startedMs }
}

/** Nothing here takes so long unless it hangs. */
const LIMIT_MS = 300_000

/** Resolves when it holds. What does not hold after five minutes never will, and is an error that names it. */
export async function until(what: string, holds: () => Promise<boolean>, everyMs = 20): Promise<void> {
  const startedMs = performance.now()
  while (!(await holds())) {
    if (performance.now() - startedMs > LIMIT_MS) throw new Error(`waited ${LIMIT_MS / 1_000} s for ${what}`)
    await new Promise((resolve) => setTimeout(resolve, everyMs))
  }
}
