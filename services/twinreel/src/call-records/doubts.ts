import type { Field } from '@twinreel/call-records/column-map'
import { shapeOf } from '@twinreel/call-records/shown-id'
import type { Loaded, Reconciled } from './reconcile-records.ts'

/** Why a comparison says nothing, though it found no gap: the file was probably read wrongly. */
export interface Doubt {
  kind: 'nobody-known' | 'nobody-named' | 'nobody-answered'
  what: string
  next: string
}

/** Without any of these a page without gaps means that there are none. No cell is shown but by its shape. */
export function doubtsOf(
  { records, users: { named, known, unknown } }: Pick<Reconciled, 'records' | 'users'>,
  { answered }: Pick<Loaded, 'answered'>,
  columns: Partial<Record<Field, string | undefined>>,
): Doubt[] {
  if (records === 0) return []
  const column = columns.user === undefined ? null : JSON.stringify(columns.user)
  const doubts: Doubt[] = []
  if (column !== null && named === 0)
    doubts.push({
      kind: 'nobody-named',
      what: `no record names a user: column ${column} is empty in all of them, so each counts as a call of nobody of ours`,
      next: 'name the column that has the user’s id as `columns.user` of the column map, or leave that out: then a record speaks for every user of its call',
    })
  if (column !== null && named > 0 && known === 0)
    doubts.push({
      kind: 'nobody-known',
      what: `nobody in the file is known here: none of ${named} in column ${column}, ${unknown.map(({ name, line }) => `such as ${shapeOf(name)} in line ${line}`).join(', ')} (a for letters, 9 for digits)`,
      next: 'probably it is another column: `columns.user` of the column map must name the one with the user’s id or external identifier, as `twinreel users list` and `users show` print them; with --org, those of that organization',
    })
  if (answered === 0)
    doubts.push({
      kind: 'nobody-answered',
      what: `nobody answered, the file says: ${answeredBy(columns)}, so no record was compared with anything`,
      next: 'look whether `columns.answered`, `answeredWhen`, `columns.answer` and `emptyValues` of the column map are right; if it is true, there is nothing to compare',
    })
  return doubts
}

function answeredBy({ answered, answer }: Partial<Record<Field, string | undefined>>): string {
  if (answered !== undefined) return `column ${JSON.stringify(answered)} never says yes`
  return answer === undefined ? 'no record has a length' : `column ${JSON.stringify(answer)} is always empty`
}

/** For people, two lines each. */
export function doubtText({ what, next }: Doubt): string {
  return `nothing follows from this: ${what}\n  next: ${next}`
}
