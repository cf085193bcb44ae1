import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { onTestFinished } from 'vitest'
import type { OwnServers } from './own-servers.ts'

const MAIN = join(import.meta.dirname, '../../../services/twinreel/src/main.ts')

export interface Platform {
  /** Resolves when every call has its outcome; rejects with its complaint when not. */
  over: Promise<{ calls: number; outcomes: number; recorded: number; excluded: number; failed: number; seconds: number }>
}

/** `twinreel simulate` in real time: all calls begin within nine seconds, and last the same time. */
export function startPlatform(servers: OwnServers, options: { seed: number; calls: number; users: number; callSeconds: number; truthDir: string }): Platform {
  const { seed, calls, users, callSeconds, truthDir } = options
  const numbers = { seed, calls, users, 'call-seconds': callSeconds }
  const args = Object.entries(numbers).flatMap(([name, value]) => [`--${name}`, String(value)])
  const child = spawn(process.execPath, [MAIN, 'simulate', '--speed', 'real', '--truth', truthDir, '--json', ...args], {
    env: servers.environment({}),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = once(child, 'close')
  onTestFinished(async () => {
    child.kill('SIGKILL')
    await ended
  })
  const over = Promise.all([text(child.stdout), text(child.stderr), ended]).then(([stdout, stderr]) => {
    if (child.exitCode !== 0) throw new Error(`simulate ended with ${child.exitCode ?? child.signalCode}: ${stderr}`)
    return JSON.parse(stdout) as Awaited<Platform['over']>
  })
  // Looked at when the test comes to it.
  over.catch(() => undefined)
  return { over }
}
