import { masked } from './masked.ts'
import { EXPLAINED_BY } from './explained.ts'
import { RULES, sectionOf, type Code } from './rules.ts'
import { textOf, type Told } from './told.ts'

/** One place where a rule was broken. Ids are shown as `masked` allows, in the detail too. */
export interface Example {
  callId: string | null
  eventId: string | null
  position: string
  detail: string
}

/** An example before the numbers of its call are known; of what is of no call with those of its own message. */
type Noted = Omit<Example, 'detail'> & { detail: Told; numbers?: ReadonlySet<string> }

/** A rule that was broken: how often, in how many calls, and the first places. */
export interface Finding {
  code: Code
  severity: 'error' | 'warning'
  what: string
  leadsTo: string
  fix: string
  see: string
  count: number
  calls: number
  examples: Example[]
}

/** Of one call: a rule's first place, and how often it was broken. */
export type CallFindings = Map<Code, { count: number; first: Noted }>

const MAX_EXAMPLES = 5

export function note(found: CallFindings, code: Code, example: Noted): void {
  const known = found.get(code)
  if (known === undefined) found.set(code, { count: 1, first: example })
  else known.count++
}

/** What of a call's findings is told: those that another explains are not. `numbers`: telephone numbers in the call, digits alone. */
export function addCall(report: Map<Code, Finding>, found: CallFindings, numbers: Iterable<string>): void {
  const known = [...numbers]
  for (const [code, { count, first }] of found) {
    if (EXPLAINED_BY[code]?.some((other) => found.has(other)) === true) continue
    const { severity, what, leadsTo, fix } = RULES[code]
    const finding = report.get(code) ?? { code, severity, what, leadsTo, fix, see: sectionOf(code), count: 0, calls: 0, examples: [] }
    finding.count += count
    finding.calls++
    const hidden = [...known, ...(first.numbers ?? [])]
    const shown = (id: string | null): string | null => (id === null ? null : masked(id, hidden))
    const { callId, eventId, position, detail } = first
    if (finding.examples.length < MAX_EXAMPLES)
      finding.examples.push({ callId: shown(callId), eventId: shown(eventId), position, detail: textOf(detail, hidden) })
    report.set(code, finding)
  }
}
