import type { Edit } from '../../support/edit.ts'

/** A rule of the session machine, a change that breaks it, and scenarios that fail then. */
export interface Rule {
  name: string
  /** The rule, in a sentence. */
  says: string
  /** A change that breaks it. */
  edit: Edit
  /** Below test/scenarios, without `.scenario.yaml`. */
  caughtBy: readonly string[]
}

/** A table of rules that stand in one file below packages/recording/src. */
export function rulesOf(file: string, rows: readonly (readonly [name: string, says: string, find: string, replace: string, ...caughtBy: string[]])[]): Rule[] {
  return rows.map(([name, says, find, replace, ...caughtBy]) => ({
    name,
    says,
    edit: { file: `packages/recording/src/${file}.ts`, find, replace },
    caughtBy,
  }))
}
