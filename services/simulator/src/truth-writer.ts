import type { Settings } from '@twinreel/recording/settings'
import type { SimulatedCall } from './simulated-call.ts'
import { writeTruth } from './truth.ts'

/** Writes the truth of calls beside the simulation, one call after the other. */
export interface TruthWriter {
  write(call: SimulatedCall): void
  /** Resolves when all is written; rejects with the first failure. */
  written(): Promise<void>
}

/** Without a directory nothing is written. */
export function createTruthWriter(directory: string | undefined, settings: ReadonlyMap<string, Settings>): TruthWriter {
  let writing: Promise<void> = Promise.resolve()
  let failure: { error: unknown } | null = null
  return {
    write(call) {
      if (directory === undefined) return
      writing = writing.then(async () => {
        try {
          if (failure === null) await writeTruth(directory, call, settings)
        } catch (error) {
          failure = { error }
        }
      })
    },
    async written() {
      await writing
      if (failure !== null) throw (failure as { error: unknown }).error
    },
  }
}
