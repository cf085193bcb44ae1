import { enableCompileCache } from 'node:module'
import { join } from 'node:path'
import type { Edit } from '../../support/edit.ts'
import { switchableCore } from './switch.ts'

/** What is to be tried: scenario files, with this change in the core, or with none. */
export interface Question {
  edit: Edit | null
  files: readonly string[]
  /** Enough when one of them fails. */
  first: boolean
}

export interface Answer {
  file: string
  /** `untried`: with this change nothing could be loaded, so nothing was played. */
  status: 'passed' | 'failed' | 'broken' | 'untried'
  /** What failed. */
  why: string
}

enableCompileCache(join(import.meta.dirname, '../../../node_modules/.cache/twinreel-rules'))

const { breakCore } = switchableCore()
// Only now: what is loaded from here on asks the switch for the core.
const { readScenarios } = await import('@twinreel/scenarios/find-files')
const { failureText } = await import('@twinreel/scenarios/report/failure-text')
const { runVirtual } = await import('@twinreel/scenarios/run/run-virtual')

/** Of a corpus that is searched, so many are played at once. */
const AT_ONCE = 16

async function answer({ files, first }: Question): Promise<Answer[]> {
  const answers: Answer[] = []
  for (let next = 0; next < files.length; next += AT_ONCE) {
    const some = files.slice(next, next + AT_ONCE)
    const judged = await runVirtual(readScenarios(some), { seed: null, outDir: null })
    answers.push(...judged.map(({ result }) => ({ file: result.file, status: result.status, why: result.status === 'passed' ? '' : failureText(result) })))
    if (first && answers.some(({ status }) => status !== 'passed')) break
  }
  return answers
}

process.on('message', (question: Question) => {
  const all =
    (status: 'broken' | 'untried') =>
    (error: unknown): Answer[] =>
      question.files.map((file) => ({ file, status, why: String(error) }))
  void breakCore(question.edit)
    .then(() => {
      // The core is as it is to be.
      process.send?.('loaded')
      return answer(question).catch(all('broken'))
    }, all('untried'))
    .then((answers) => process.send?.(answers))
})
process.on('disconnect', () => process.exit())
process.send?.('ready')
