import { setTimeout as delay } from 'node:timers/promises'
import type { Clock } from '@twinreel/service/clock'
import { checkFailed, engineError } from './command-error.ts'
import { serveStatus } from './serve-lock.ts'

/** A serve gives itself 30 s to drain. */
const GONE_WITHIN_MS = 60_000
/** Between taking the lock and writing down who has it. */
const PID_WITHIN_MS = 2_000
const POLL_MS = 25

/** Signals the `serve` of a data directory and waits until its lock is free; answers its pid. */
export async function stopServe(dataDir: string, options: { clock: Clock; onWait(text: string): void }): Promise<number> {
  const pid = await findServe(dataDir, options.clock)
  try {
    process.kill(pid, 'SIGTERM')
  } catch (error) {
    // It may have ended by itself just now; the lock tells.
    if (serveStatus(dataDir).running)
      throw engineError(
        `serve of ${dataDir}, pid ${pid}, can’t be signalled: ${error instanceof Error ? error.message : String(error)}`,
        'run as the user that started it',
        error,
      )
  }
  const startedMs = options.clock.now()
  while (serveStatus(dataDir).running) {
    if (options.clock.now() - startedMs > GONE_WITHIN_MS) {
      throw checkFailed(
        `serve of ${dataDir}, pid ${pid}, still runs ${GONE_WITHIN_MS / 1_000} s after SIGTERM`,
        `read its log; kill -9 ${pid} loses nothing, the next serve goes on from the log`,
      )
    }
    options.onWait(`waiting for pid ${pid} to drain`)
    await delay(POLL_MS)
  }
  return pid
}

async function findServe(dataDir: string, clock: Clock): Promise<number> {
  for (const startedMs = clock.now(); ; await delay(POLL_MS)) {
    const { running, pid } = serveStatus(dataDir)
    if (!running) throw checkFailed(`no serve runs on ${dataDir}`, 'if one should, name its directory with --data')
    if (pid !== null) return pid
    if (clock.now() - startedMs > PID_WITHIN_MS) {
      throw engineError(
        `a serve runs on ${dataDir}, but serve.pid names no living process`,
        'it may run in another container or as another user: stop it there',
      )
    }
  }
}
