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
  const failures: unknown[] = []
  return {
    write(call) {
      if (directory === undefined) return
      writing = writing.then(async () => {
        try {
          if (failures.length === 0) await writeTruth(directory, call, settings)
        } catch (error) {
          failures.push(error)
        }
      })
    },
    async written() {
      await writing
      if (failures.length > 0) throw failures[0]
    },
  }
}
