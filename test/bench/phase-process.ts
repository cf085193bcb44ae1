import { fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'

export interface PhaseOptions {
  /** All of ours and of the SDK's that the phase gets to see. */
  environment?: Readonly<Record<string, string>>
}

/** A phase that is told step by step what to do. */
export interface OpenPhase {
  /** Throws when the process fails meanwhile. */
  ask<T>(question: string, input?: unknown): Promise<T>
  /** Lets it end. */
  close(): Promise<void>
}

const SCRIPT = join(import.meta.dirname, 'child.ts')
// kafkajs sets negative timers, and newer Nodes say so each time.
const FLAGS = ['--expose-gc', '--disable-warning=TimeoutNegativeWarning']

/**
 * Runs one phase in a process of its own, so that no phase inherits another's heap or compiled code, and answers what it printed: one JSON document.
 * Throws when it fails; what it had to say went to stderr.
 */
export async function runPhase<T>(phase: string, input: unknown, { environment = {} }: PhaseOptions = {}): Promise<T> {
  const child = spawn(process.execPath, [...FLAGS, SCRIPT, phase, JSON.stringify(input)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...neutralEnvironment(), ...environment },
  })
  const ended = once(child, 'exit')
  const output = await text(child.stdout)
  const [code, signal] = (await ended) as [number | null, string | null]
  if (code !== 0) throw new Error(`phase ${phase} ended with ${signal ?? `exit code ${code}`}`)
  return JSON.parse(output) as T
}

/** Starts a phase that answers questions, one after another; see `answerQuestions`. */
export function openPhase(phase: string, input: unknown, { environment = {} }: PhaseOptions = {}): OpenPhase {
  const child = fork(SCRIPT, [phase, JSON.stringify(input)], { execArgv: FLAGS, env: { ...neutralEnvironment(), ...environment } })
  const ended = once(child, 'exit')
  return {
    async ask<T>(question: string, given: unknown = null) {
      child.send({ question, given })
      const answered = once(child, 'message').then(([answer]) => answer as T)
      const failed = ended.then(([code]): never => {
        throw new Error(`phase ${phase} ended with exit code ${String(code)} when it was to ${question}`)
      })
      return await Promise.race([answered, failed])
    },
    async close() {
      if (child.connected) child.disconnect()
      await ended
    },
  }
}

/** Without what somebody has set for services of his own. */
function neutralEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(?:TWINREEL|AWS)_/.test(name)))
}

/** The child's side: until the parent lets go, each question is answered by the function of its name. A failure ends the process. */
export function answerQuestions(answers: Readonly<Record<string, (given: unknown) => Promise<unknown>>>): void {
  process.on('message', ({ question, given }: { question: string; given: unknown }) => {
    const answer = answers[question]
    if (answer === undefined) throw new Error(`nobody knows how to ${question}`)
    void answer(given).then((value) => process.send?.(value ?? null))
  })
  // Whatever else would keep it alive: nobody is left who wants to know.
  process.once('disconnect', () => process.exit())
}
