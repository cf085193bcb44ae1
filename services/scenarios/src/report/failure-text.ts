import { writeCallTime } from '@twinreel/contracts/call-time'
import type { ExpectationResult, ScenarioResult } from '../result.ts'

/** What failed in a scenario, for people: what was expected, what came, where in the call, and the command that runs it again. */
export function failureText(scenario: ScenarioResult): string {
  const { name, file, line, problem, rerun, calls } = scenario
  const lines = [`${name}\n  ${file}:${line}`]
  if (problem !== null) lines.push(`  could not be run to its end: ${problem}`)
  for (const call of calls) {
    const where = calls.length === 1 ? '' : `${call.name}, `
    for (const one of call.expectations) if (!one.met) lines.push(missText(`${where}call`, one, file))
    for (const { owner, expectations } of call.owners) for (const one of expectations) if (!one.met) lines.push(missText(`${where}${owner}`, one, file))
  }
  return [...lines, `  again: ${rerun}`].join('\n')
}

function missText(who: string, { about, line, expected, got, atMs, differenceWav }: ExpectationResult, file: string): string {
  const moment = atMs === null ? '' : ` at ${writeCallTime(atMs)}`
  const wav = differenceWav === null ? '' : `\n      listen: ${differenceWav}`
  return `  ${who}, ${about}${moment}${line === null ? '' : ` (${file}:${line})`}\n      expected: ${expected ?? 'nothing'}\n      got:      ${got ?? 'nothing'}${wav}`
}
