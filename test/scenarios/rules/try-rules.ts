import { join } from 'node:path'
import { startAsking } from './ask.ts'
import type { Answer } from './child.ts'
import type { Rule } from './rule.ts'

const SCENARIOS = join(import.meta.dirname, '..')

export function fileOf(scenario: string): string {
  return join(SCENARIOS, `${scenario}.scenario.yaml`)
}

/** Breaks one rule after the other and plays its scenarios, in as many processes as `jobs`. */
export async function tryRules(
  rules: readonly Rule[],
  { jobs, onTried }: { jobs: number; onTried(rule: Rule, answers: readonly Answer[]): void },
  filesFor: (rule: Rule) => { files: readonly string[]; first: boolean } = ({ caughtBy }) => ({ files: caughtBy.map(fileOf), first: false }),
): Promise<void> {
  const waiting = rules[Symbol.iterator]()
  async function work(): Promise<void> {
    const child = startAsking()
    try {
      for (const rule of waiting) onTried(rule, await child.ask({ edit: rule.edit, ...filesFor(rule) }))
    } finally {
      child.close()
    }
  }
  await Promise.all(Array.from({ length: jobs }, work))
}
