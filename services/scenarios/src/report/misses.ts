import { callFactReader, ownerFactReader, type CallFact, type OwnerFact } from '../language/expected-lines.ts'
import type { CallResult, ExpectationResult, ScenarioResult, Span } from '../result.ts'

/** An expectation that is missed, with the number under which the report speaks of it. */
export interface Miss extends ExpectationResult {
  number: number
  call: string
  /** `null`: of the call as a whole. */
  owner: string | null
  /** Where in the call what was expected and what came lie, if they do. */
  expectedSpan: Span | null
  gotSpan: Span | null
}

/** What is missed in a scenario: call by call in the order of time, what has no moment last. */
export function missesOf({ calls }: Pick<ScenarioResult, 'calls'>): Miss[] {
  return calls.flatMap(ofCall).map((miss, i) => ({ ...miss, number: i + 1 }))
}

function ofCall(call: CallResult): Omit<Miss, 'number'>[] {
  const names = [...call.parties.map(({ name }) => name), ...call.owners.map(({ owner }) => owner)]
  const [readOfOwner, readOfCall] = [ownerFactReader(names), callFactReader()]
  const missed = (owner: string | null, expectations: readonly ExpectationResult[]): Omit<Miss, 'number'>[] => {
    const spanOf = (line: string | null): Span | null => {
      const read = line === null ? null : owner === null ? readOfCall(line) : readOfOwner(line)
      return read?.ok === true ? spanOfFact(read.value) : null
    }
    return expectations
      .filter(({ met }) => !met)
      .map((one) => ({ ...one, call: call.name, owner, expectedSpan: spanOf(one.expected), gotSpan: spanOf(one.got) }))
  }
  return [...missed(null, call.expectations), ...call.owners.flatMap(({ owner, expectations }) => missed(owner, expectations))].toSorted(
    (a, b) => (a.atMs ?? Infinity) - (b.atMs ?? Infinity) || 0,
  )
}

function spanOfFact(fact: OwnerFact | CallFact): Span | null {
  if ('fromMs' in fact) return [fact.fromMs, fact.toMs]
  return 'atMs' in fact ? [fact.atMs, fact.atMs] : null
}

/** What lies in one of the two and not in the other; nothing, where there is only one. */
export function apart({ expectedSpan: a, gotSpan: b }: Pick<Miss, 'expectedSpan' | 'gotSpan'>): Span[] {
  if (a === null || b === null) return []
  if (a[1] <= b[0] || b[1] <= a[0]) return [a, b]
  const ends: Span[] = [
    [Math.min(a[0], b[0]), Math.max(a[0], b[0])],
    [Math.min(a[1], b[1]), Math.max(a[1], b[1])],
  ]
  return ends.filter(([fromMs, toMs]) => fromMs < toMs)
}
