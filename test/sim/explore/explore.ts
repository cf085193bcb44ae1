import { fork, type ChildProcess } from 'node:child_process'
import type { TwiceResult } from './run-twice.ts'

export interface ExploreOptions {
  from: number
  /** So many seeds at most. */
  seeds: number
  /** No further seed is begun after so long. */
  forMs: number
  jobs: number
  onResult(result: TwiceResult): void
}

const CHILD = new URL('child.ts', import.meta.url)
/** Of what a child says on its way to an untimely end, the last so many characters are kept. */
const MOST_SAID = 4_000

/** Runs one seed after the other in child processes. A child that dies costs its seed a violation, and is replaced. */
export async function explore(options: ExploreOptions): Promise<void> {
  const { from, seeds, forMs, jobs, onResult } = options
  const untilMs = performance.now() + forMs
  let next = from
  const take = (): number | null => (next < from + seeds && performance.now() < untilMs ? next++ : null)
  await Promise.all(Array.from({ length: jobs }, () => work(take, onResult)))
}

async function work(take: () => number | null, onResult: (result: TwiceResult) => void): Promise<void> {
  let child = start()
  for (let seed = take(); seed !== null; seed = take()) {
    const result = await answerOf(child, seed)
    onResult(result)
    if (child.process.connected) continue
    child = start()
  }
  child.process.disconnect()
}

interface Child {
  process: ChildProcess
  said: string
}

function start(): Child {
  const child: Child = { process: fork(CHILD, { execArgv: ['--disable-warning=ExperimentalWarning'], silent: true }), said: '' }
  const hear = (text: Buffer): void => void (child.said = (child.said + text.toString()).slice(-MOST_SAID))
  child.process.stdout?.on('data', hear)
  child.process.stderr?.on('data', hear)
  return child
}

function answerOf(child: Child, seed: number): Promise<TwiceResult> {
  const beganMs = performance.now()
  return new Promise((resolve) => {
    const answered = (result: unknown): void => {
      child.process.off('exit', ended)
      resolve(result as TwiceResult)
    }
    const ended = (code: number | null, signal: string | null): void => {
      child.process.off('message', answered)
      const message = `the process of the run ended (${signal ?? code}): ${child.said}`
      const totals = { calls: 0, recordings: 0, segments: 0, purged: 0, capturedMs: 0, lives: 0 }
      resolve({ seed, violations: [{ check: 'ran', message }], traceHash: '', fired: {}, totals, tookMs: performance.now() - beganMs })
    }
    child.process.once('message', answered)
    child.process.once('exit', ended)
    child.process.send(seed)
  })
}
