import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { ScenarioFileError, type Problem } from './language/problem.ts'
import { readScenario } from './language/read-scenario.ts'
import type { Scenario } from './language/scenario.ts'

const ENDING = '.scenario.yaml'

/** The scenario files among these paths and below those that are directories, in order of their names, each once. Throws an Error that names a path with none. */
export function scenarioFiles(paths: readonly string[]): string[] {
  const files = paths.flatMap((path) => {
    if (!statSync(path, { throwIfNoEntry: true }).isDirectory()) return [path]
    const found = readdirSync(path, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith(ENDING))
      .toSorted()
    if (found.length === 0) throw new Error(`there is no *${ENDING} in ${path}`)
    return found.map((name) => join(path, name))
  })
  const named = new Map<string, string>()
  for (const file of files) if (!named.has(resolve(file))) named.set(resolve(file), file)
  return [...named.values()]
}

/** Reads them all. Throws `ScenarioFileError` with the problems of all of them together. */
export function readScenarios(files: readonly string[]): Scenario[] {
  const problems: Problem[] = []
  const scenarios = files.flatMap((file) => {
    try {
      return [readScenario(file, readFileSync(file, 'utf8'))]
    } catch (error) {
      if (!(error instanceof ScenarioFileError)) throw error
      problems.push(...error.problems)
      return []
    }
  })
  const byName = Map.groupBy(scenarios, ({ name }) => name)
  for (const [name, same] of byName)
    for (const { file, line } of same.slice(1))
      problems.push({
        file,
        line,
        column: 1,
        message: `“${name}” is the name of ${same[0]?.file}:${same[0]?.line} already`,
        suggestion: 'names tell scenarios apart: choose another',
      })
  if (problems.length > 0) throw new ScenarioFileError(problems)
  return scenarios
}

/** Those with one of the tags (all, without any), and of these every `of`th from the `index`th on. */
export function selected(
  scenarios: readonly Scenario[],
  { tags, shard }: { tags: readonly string[]; shard: { index: number; of: number } | null },
): Scenario[] {
  const tagged = tags.length === 0 ? scenarios : scenarios.filter((scenario) => scenario.tags.some((tag) => tags.includes(tag)))
  return shard === null ? [...tagged] : tagged.filter((_, i) => i % shard.of === shard.index - 1)
}
