import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import type { Violation } from '../world/evidence.ts'

const CHILD = new URL('child.ts', import.meta.url)
/** A seed takes a second. What takes so long has run into the fault in its own way. */
const SEED_MS = 180_000

export interface Tried {
  /** The first violation of the first seed that has one; `null`: none of the seeds has. */
  caught: { seed: number; check: string; message: string } | null
  /** How many seeds were run. */
  seeds: number
}

/** Runs seeds one after the other in a process with the named fault in it, or with none, until one of them shows a violation. */
export async function trySeeds(plant: string | null, seeds: Iterable<number>): Promise<Tried> {
  const child = fork(CHILD, plant === null ? [] : [plant], { execArgv: ['--disable-warning=ExperimentalWarning'], silent: true })
  let said = ''
  const hear = (text: Buffer): void => void (said = (said + text.toString()).slice(-2_000))
  child.stdout?.on('data', hear)
  child.stderr?.on('data', hear)
  let tried = 0
  try {
    await Promise.race([
      once(child, 'message'),
      once(child, 'exit').then(() => {
        throw new Error(`the process with ${plant ?? 'no fault'} in it did not start: ${said}`)
      }),
    ])
    for (const seed of seeds) {
      tried += 1
      const [first] = await violationsOf(child, seed, () => said)
      if (first !== undefined) return { caught: { seed, ...first }, seeds: tried }
    }
    return { caught: null, seeds: tried }
  } finally {
    if (child.connected) child.disconnect()
    child.kill('SIGKILL')
  }
}

function violationsOf(child: ChildProcess, seed: number, said: () => string): Promise<readonly Violation[]> {
  return new Promise((resolve) => {
    const settle = (violations: readonly Violation[]): void => {
      clearTimeout(timer)
      child.off('message', answered)
      child.off('exit', ended)
      resolve(violations)
    }
    const answered = (violations: unknown): void => settle(violations as readonly Violation[])
    const ended = (code: number | null, signal: string | null): void => settle([{ check: 'ran', message: `the process ended (${signal ?? code}): ${said()}` }])
    const timer = setTimeout(() => settle([{ check: 'ran', message: `seed ${seed} did not end` }]), SEED_MS)
    child.once('message', answered)
    child.once('exit', ended)
    child.send(seed)
  })
}
