import { spawn } from 'node:child_process'
import { closeSync, existsSync, openSync, readFileSync, renameSync, statSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import type { Clock } from '@twinreel/service/clock'
import { engineError } from '../command-error.ts'
import { isRunning, processNow, signalProcess, type ProcessIdentity } from './process-identity.ts'
import type { Program } from './server-spec.ts'

const MAX_LOG_BYTES = 10_000_000
const POLL_MS = 50
const STOP_WITHIN_MS = 30_000
const KILLED_WITHIN_MS = 10_000
const TAIL_LINES = 15

/** Starts a server that outlives us, its output in `outputFile` (the one before it is kept as `.old` when it has grown). */
export async function startProcess(
  { command, args, env, user }: Program,
  { directory, outputFile }: { directory: string; outputFile: string },
): Promise<ProcessIdentity> {
  if (existsSync(outputFile) && statSync(outputFile).size > MAX_LOG_BYTES) renameSync(outputFile, `${outputFile}.old`)
  const log = openSync(outputFile, 'a', 0o600)
  try {
    const child = spawn(command, args, { cwd: directory, env: { ...process.env, ...env }, ...user, detached: true, stdio: ['ignore', log, log] })
    const pid = await new Promise<number>((resolve, reject) => {
      child.once('error', (error) => reject(engineError(`${command} can’t be run: ${error.message}`)))
      child.once('spawn', () => resolve(child.pid ?? 0))
    })
    child.unref()
    // One that ended at once has no start time any more; it is found dead when it is waited for.
    return processNow(pid) ?? { pid, startedAt: 'ended at once' }
  } finally {
    closeSync(log)
  }
}

/** Resolves when `probe` stops throwing. Throws an engine's `CommandError` with the end of the log when the process dies, or is not ready in time. */
export async function waitUntilReady(
  identity: ProcessIdentity,
  options: { title: string; logFiles: readonly string[]; withinMs: number; clock: Clock; probe(): Promise<void> },
): Promise<void> {
  const { title, logFiles, withinMs, clock, probe } = options
  for (const startedMs = clock.now(); ; await delay(POLL_MS)) {
    if (!isRunning(identity)) throw engineError(`${title} ended while it started${tailOf(logFiles)}`, `read ${logFiles.join(' and ')}`)
    try {
      await probe()
      return
    } catch (error) {
      if (clock.now() - startedMs < withinMs) continue
      const why = error instanceof Error ? error.message : String(error)
      throw engineError(`${title} was not ready after ${withinMs / 1_000} s: ${why}${tailOf(logFiles)}`, `read ${logFiles.join(' and ')}`, error)
    }
  }
}

/** Asks the process to end, and ends it when it has not after 30 s. Answers whether it ran; a process that is not the one we started is left alone. */
export async function stopProcess(identity: ProcessIdentity, signal: NodeJS.Signals, clock: Clock): Promise<boolean> {
  if (!signalProcess(identity, signal)) return false
  // A frozen one hears nothing.
  signalProcess(identity, 'SIGCONT')
  if (await isGone(identity, STOP_WITHIN_MS, clock)) return true
  signalProcess(identity, 'SIGKILL')
  if (await isGone(identity, KILLED_WITHIN_MS, clock)) return true
  throw engineError(`process ${identity.pid} still runs after SIGKILL`)
}

async function isGone(identity: ProcessIdentity, withinMs: number, clock: Clock): Promise<boolean> {
  for (const startedMs = clock.now(); isRunning(identity); await delay(POLL_MS)) if (clock.now() - startedMs > withinMs) return false
  return true
}

function tailOf(logFiles: readonly string[]): string {
  const lines = logFiles.filter(existsSync).flatMap((path) => readFileSync(path, 'utf8').trimEnd().split('\n').slice(-TAIL_LINES))
  return lines.map((line) => `\n  ${line}`).join('')
}
