import type { RunResult, ScenarioResult } from './result.ts'

export function runResult(about: Pick<RunResult, 'mode' | 'seed' | 'shard' | 'tags'>, scenarios: readonly ScenarioResult[], seconds: number): RunResult {
  const count = (status: ScenarioResult['status']): number => scenarios.filter((one) => one.status === status).length
  return { ...about, seconds: Math.round(seconds * 1_000) / 1_000, passed: count('passed'), failed: count('failed'), broken: count('broken'), scenarios }
}
