import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { afterAll } from 'vitest'

const MAIN = join(import.meta.dirname, '../main.ts')

const served = new Set<() => void>()

// A test that failed half way leaves nothing running.
afterAll(() => {
  for (const kill of served) kill()
})

export interface Ran {
  exitCode: number
  stdout: string
  stderr: string
}

/** Runs a command as its user would, in a process of its own. */
export function twinreel(...args: readonly string[]): Promise<Ran> {
  return twinreelWith({}, ...args)
}

/** The same with variables of its own. */
export function twinreelWith(env: Readonly<Record<string, string>>, ...args: readonly string[]): Promise<Ran> {
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [MAIN, ...args], { env: { ...environment(), ...env }, maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      if (error === null) resolve({ exitCode: 0, stdout, stderr })
      else if (typeof error.code === 'number') resolve({ exitCode: error.code, stdout, stderr })
      else reject(new Error(`twinreel ${args.join(' ')} could not be run`, { cause: error }))
    })
  })
}

/** The one document of a command with `--json` that must end with this code; its complaint otherwise. */
export async function documentOf(exitCode: number, ...args: readonly string[]): Promise<unknown> {
  const ran = await twinreel(...args, '--json')
  if (ran.exitCode !== exitCode) throw new Error(`twinreel ${args.join(' ')} ended with ${ran.exitCode} instead of ${exitCode}: ${ran.stderr}`)
  return JSON.parse(ran.stdout)
}

export interface Served {
  pid: number
  ended: Promise<{ exitCode: number | null; signal: string | null; stdout: string; stderr: string }>
  /** Its log so far. */
  told(): string
  kill(signal: 'SIGTERM' | 'SIGINT' | 'SIGKILL'): void
}

/** Starts `serve` and waits until it is ready. */
export async function startServe(dataDir: string, env: Readonly<Record<string, string>> = {}): Promise<Served> {
  const child = spawn(process.execPath, [MAIN, 'serve', '--data', dataDir], { env: { ...environment(), ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  served.add(() => void child.kill('SIGKILL'))
  let [stdout, stderr] = ['', '']
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  const ended = once(child, 'close').then(() => ({ exitCode: child.exitCode, signal: child.signalCode, stdout, stderr }))
  const ready = new Promise<number>((resolve) => {
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text
      const pid = /^ready pid=(\d+)\n/m.exec(stdout)?.[1]
      if (pid !== undefined) resolve(Number(pid))
    })
  })
  const pid = await Promise.race([ready, ended])
  if (typeof pid !== 'number') throw new Error(`serve ended with ${pid.exitCode}: ${pid.stderr}`)
  return { pid, ended, told: () => stderr, kill: (signal) => void child.kill(signal) }
}

function environment(): NodeJS.ProcessEnv {
  const { TWINREEL_DATA: _, NODE_OPTIONS: __, ...env } = process.env
  return env
}
