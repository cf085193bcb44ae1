import { readFileSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { scenarioFiles } from '@twinreel/scenarios/find-files'
import { RULES } from './rules.ts'
import { tableOf } from './table.ts'
import { tryRules } from './try-rules.ts'

/**
 * `npx -y pnpm@12 rules [NAME…]`: breaks each rule (or those named) and prints which of its scenarios fail then. `--find`: looks through the
 * whole corpus for the first scenarios that do. `--write`: writes the table of docs/scenario-rules.md. Exits 1 when a rule is not caught.
 */
const names = process.argv.slice(2).filter((word) => !word.startsWith('--'))
const find = process.argv.includes('--find')
const corpus = join(import.meta.dirname, '..')
if (process.argv.includes('--write')) {
  const page = join(corpus, '../../docs/scenario-rules.md')
  const text = readFileSync(page, 'utf8')
  writeFileSync(page, text.slice(0, text.indexOf('| broken |')) + tableOf(RULES))
  process.exit(0)
}
const unknown = names.filter((name) => !RULES.some((rule) => rule.name === name))
if (unknown.length > 0) {
  console.error(`there is no rule ${unknown.join(', ')}`)
  process.exit(2)
}
const all = find ? scenarioFiles([corpus]) : []
let missed = 0
await tryRules(
  names.length === 0 ? RULES : RULES.filter(({ name }) => names.includes(name)),
  {
    jobs: 1,
    onTried({ name }, answers) {
      const caught = answers.filter(({ status }) => status === 'failed' || status === 'broken')
      const through = answers.find(({ status }) => status === 'passed' || status === 'untried')
      const isMissed = caught.length === 0 || (!find && through !== undefined)
      if (isMissed) missed += 1
      const short = (file: string): string => relative(corpus, file).replace('.scenario.yaml', '')
      console.log(
        `${isMissed ? 'NOT CAUGHT' : 'caught'} ${name}: ${caught.map(({ file, status }) => `${short(file)}${status === 'broken' ? ' (broken)' : ''}`).join(', ')}`,
      )
      if (names.length > 0 && !find) for (const { why } of answers) console.log(why)
    },
  },
  find ? () => ({ files: all, first: true }) : undefined,
)
if (missed > 0) console.log(`${missed} not caught`)
process.exitCode = missed === 0 ? 0 : 1
