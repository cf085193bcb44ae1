/** Something in a scenario file that can't be meant so. Lines and columns count from 1. */
export interface Problem {
  file: string
  line: number
  column: number
  message: string
  /** What was probably meant, as a sentence; `null` when nothing is near. */
  suggestion: string | null
}

export function problemText({ file, line, column, message, suggestion }: Problem): string {
  return `${file}:${line}:${column}: ${message}${suggestion === null ? '' : `; ${suggestion}`}`
}

/** Files that were read and can't be used, with everything that is wrong with them. */
export class ScenarioFileError extends Error {
  readonly problems: readonly Problem[]
  constructor(problems: readonly Problem[]) {
    super(problems.map(problemText).join('\n'))
    this.name = 'ScenarioFileError'
    this.problems = problems
  }
}
