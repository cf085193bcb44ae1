import { setTimeout as delay } from 'node:timers/promises'
import type { Clock } from '@twinreel/service/clock'
import { engineError } from './command-error.ts'
import { serveStatus } from './serve-lock.ts'

const POLL_MS = 100

/** Resolves as soon as a `serve` runs on the data directory; throws an engine's `CommandError` when none does in time. */
export async function waitForServe(dataDir: string, options: { clock: Clock; withinMs: number; onWait(): void }): Promise<void> {
  const { clock, withinMs, onWait } = options
  for (const startedMs = clock.now(); !serveStatus(dataDir).running; await delay(POLL_MS)) {
    if (clock.now() - startedMs >= withinMs) {
      throw engineError(
        `no recorder runs on ${dataDir}: waited ${withinMs / 1_000} s, and nothing was appended`,
        `start one with \`twinreel serve --data ${dataDir}\``,
      )
    }
    onWait()
  }
}
