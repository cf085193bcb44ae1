import { fileURLToPath } from 'node:url'
import { readScenarios, scenarioFiles } from '@twinreel/scenarios/find-files'
import { failureText } from '@twinreel/scenarios/report/failure-text'
import type { ScenarioResult } from '@twinreel/scenarios/result'
import { runVirtual } from '@twinreel/scenarios/run/run-virtual'
import { beforeAll, describe, expect, it } from 'vitest'

const scenarios = readScenarios(scenarioFiles([fileURLToPath(new URL('.', import.meta.url))]))
const results = new Map<string, ScenarioResult>()

describe('scenarios', () => {
  beforeAll(async () => {
    for (const { result } of await runVirtual(scenarios, { seed: null, outDir: null })) results.set(result.name, result)
  }, 300_000)

  it.each(scenarios.map(({ name }) => name))('%s', (name) => {
    const result = results.get(name)
    if (result === undefined) throw new Error('it was not run')
    expect(result.status, failureText(result)).toBe('passed')
  })
})
