import { join } from 'node:path'
import type { TestSpecification } from 'vitest/node'
import { BaseSequencer } from 'vitest/node'
import { defineConfig } from 'vitest/config'

/** The first test that fails decides: the thousands of sequences of the model come when nothing shorter has failed. */
class ModelLast extends BaseSequencer {
  override sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isModel = ({ moduleId }: TestSpecification): number => Number(moduleId.endsWith('model.test.ts'))
    return Promise.resolve(files.toSorted((a, b) => isModel(a) - isModel(b)))
  }
}

export default defineConfig({
  test: {
    // Hundreds of runs of mostly the same files: they share one worker, none of them keeps anything between tests.
    isolate: false,
    sequence: { sequencer: ModelLast },
    setupFiles: [join(import.meta.dirname, 'setup.ts')],
    env: { MODEL_RUNS: '100' },
    testTimeout: 60_000,
  },
})
