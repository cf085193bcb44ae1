import { readScenarios, scenarioFiles } from '@twinreel/scenarios/find-files'
import { ScenarioFileError } from '@twinreel/scenarios/language/problem'
import type { Scenario } from '@twinreel/scenarios/language/scenario'
import { usageError } from '../command-error.ts'

/** The scenarios of these files and directories. Throws a usage error with every problem, line by line. */
export function scenariosAt(paths: readonly string[]): Scenario[] {
  try {
    return readScenarios(scenarioFiles(paths))
  } catch (error) {
    if (error instanceof ScenarioFileError) {
      const count = error.problems.length
      throw usageError(`${count} problem${count === 1 ? '' : 's'}\n${error.message}`, 'docs/scenarios.md tells what files may say')
    }
    if (error instanceof Error) throw usageError(error.message, 'name files, or directories with *.scenario.yaml below them')
    throw error
  }
}
