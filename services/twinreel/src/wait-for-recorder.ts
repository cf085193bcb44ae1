import { setTimeout as delay } from 'node:timers/promises'
import { DEFAULT_OPTIONS } from '@twinreel/recorder/deps'
import type { Clock } from '@twinreel/service/clock'
import { engineError } from './command-error.ts'
import { nameOf, type Place } from './place.ts'

const POLL_MS = 100

/** Resolves as soon as a recorder runs at the place; throws an engine's `CommandError` when none does in time. */
export async function waitForRecorder(place: Place, options: { clock: Clock; withinMs: number; onWait(): void }): Promise<void> {
  const { clock, withinMs, onWait } = options
  const isRunning = await recorderWatch(place)
  for (const startedMs = clock.now(); !(await isRunning()); await delay(POLL_MS)) {
    if (clock.now() - startedMs >= withinMs) {
      throw engineError(
        `no recorder runs on ${nameOf(place)}: waited ${withinMs / 1_000} s, and nothing was appended`,
        `start one with ${place.kind === 'embedded' ? `\`twinreel serve --data ${place.dataDir}\`` : '`twinreel recorder`'}`,
      )
    }
    onWait()
  }
}

async function recorderWatch(place: Place): Promise<() => Promise<boolean>> {
  switch (place.kind) {
    case 'embedded': {
      const { serveStatus } = await import('./serve-lock.ts')
      return async () => serveStatus(place.dataDir).running
    }
    case 'kafka': {
      const { groupMembers } = await import('@twinreel/event-log/kafka/group-members')
      return async () => (await groupMembers(place.kafka, DEFAULT_OPTIONS.groupId)) > 0
    }
  }
}
