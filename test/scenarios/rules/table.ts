import type { Rule } from './rule.ts'

/** The table of docs/scenario-rules.md. */
export function tableOf(rules: readonly Rule[]): string {
  const rows = rules.map(({ name, says, edit, caughtBy }) => `| \`${name}\` | ${says} | ${fileLink(edit.file)} | ${caughtBy.map(scenarioLink).join(', ')} |`)
  return ['| broken | the rule | where | fails then |', '|---|---|---|---|', ...rows, ''].join('\n')
}

function fileLink(file: string): string {
  return `[${file.split('/').at(-1)}](../${file})`
}

function scenarioLink(scenario: string): string {
  return `[${scenario}](../test/scenarios/${scenario}.scenario.yaml)`
}
