import type { RunResult, ScenarioResult } from '../result.ts'
import { failureText } from './failure-text.ts'

/** JUnit's XML, as continuous integration systems read it: one suite, one case for each scenario. */
export function junitXml({ scenarios, seconds, failed, broken }: RunResult): string {
  const cases = scenarios.map(caseXml).join('\n')
  const counts = `tests="${scenarios.length}" failures="${failed}" errors="${broken}" time="${seconds}"`
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites ${counts}>\n <testsuite name="scenarios" ${counts}>\n${cases}\n </testsuite>\n</testsuites>\n`
}

function caseXml(scenario: ScenarioResult): string {
  const { name, file, line, seconds, status, problem } = scenario
  const open = `  <testcase classname="${xml(file)}" name="${xml(name)}" file="${xml(file)}" line="${line}" time="${seconds}"`
  switch (status) {
    case 'passed':
      return `${open}/>`
    case 'failed':
      return `${open}>\n   <failure message="an expectation is missed">${xml(failureText(scenario))}</failure>\n  </testcase>`
    case 'broken':
      return `${open}>\n   <error message="${xml(problem ?? '')}">${xml(failureText(scenario))}</error>\n  </testcase>`
  }
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;', '\n': '&#10;' }

/** Characters that XML 1.0 has no place for become a question mark. */
function xml(text: string): string {
  return text
    .replaceAll(/[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu, '?')
    .replaceAll(/[&<>"'\n]/g, (character) => ENTITIES[character] ?? character)
}
