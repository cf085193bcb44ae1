import { setTimeout as delay } from 'node:timers/promises'
import { isPassing } from '@twinreel/catalog/failure'
import { LogError } from '@twinreel/event-log/port'
import { StoreError } from '@twinreel/object-store/port'

const MOST_TRIES = 20
const AGAIN_MS = 500

/** On a machine with much to do an engine may answer late. */
export async function patiently<T>(ask: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await ask()
    } catch (error) {
      const passes = isPassing(error) || ((error instanceof StoreError || error instanceof LogError) && error.retriable)
      if (!passes || tries === MOST_TRIES) throw error
      await delay(AGAIN_MS)
    }
  }
}
