import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'

/**
 * Runs one phase in a process of its own, so that no phase inherits another's heap or compiled code, and answers what it printed: one JSON document.
 * Throws when it fails; what it had to say went to stderr.
 */
export async function runPhase<T>(phase: string, input: unknown, options: { nodeFlags?: readonly string[] } = {}): Promise<T> {
  const child = spawn(process.execPath, ['--expose-gc', ...(options.nodeFlags ?? []), join(import.meta.dirname, 'child.ts'), phase, JSON.stringify(input)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(child, 'exit')
  const output = await text(child.stdout)
  const [code, signal] = (await ended) as [number | null, string | null]
  if (code !== 0) throw new Error(`phase ${phase} ended with ${signal ?? `exit code ${code}`}`)
  return JSON.parse(output) as T
}
