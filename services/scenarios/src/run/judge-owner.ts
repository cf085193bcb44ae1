import { readOutcome, writeOutcome } from '../language/read-expected.ts'
import { writeDuration } from '../language/call-clock.ts'
import type { OwnerFact } from '../language/expected-lines.ts'
import type { ExpectedDue, ExpectedOwner } from '../language/scenario.ts'
import type { ExpectationResult, OwnerResult, RecordingResult } from '../result.ts'
import { matchFacts } from './match-facts.ts'

/** What was expected of an owner, against what came; its audio is another matter. */
export function judgeOwner(
  expected: ExpectedOwner,
  owner: Pick<OwnerResult, 'outcome' | 'reason' | 'recordings'>,
  facts: readonly OwnerFact[],
  withinMs: number,
): ExpectationResult[] {
  const { outcome, due, timeline, includes } = expected
  const results: ExpectationResult[] = []
  if (outcome !== null) {
    const [want, got] = [writeOutcome(outcome.means), outcomeText(owner)]
    results.push({ met: want === got, about: 'outcome', line: outcome.line, expected: want, got, atMs: null, differenceWav: null })
  }
  if (due !== null)
    for (const recording of owner.recordings) {
      const got = dueText(recording)
      results.push({ met: writeDue(due.means) === got, about: 'due', line: due.line, expected: writeDue(due.means), got, atMs: null, differenceWav: null })
    }
  if (due !== null && owner.recordings.length === 0)
    results.push({ met: false, about: 'due', line: due.line, expected: writeDue(due.means), got: null, atMs: null, differenceWav: null })
  if (timeline !== null) results.push(...matchFacts(timeline, facts, { isComplete: true, withinMs, about: 'timeline' }))
  if (includes !== null) results.push(...matchFacts(includes, facts, { isComplete: false, withinMs, about: 'timeline' }))
  return results
}

/** As a scenario file says it. */
export function outcomeText({ outcome, reason }: Pick<OwnerResult, 'outcome' | 'reason'>): string {
  const text = reason === null ? outcome : `${outcome}, ${reason}`
  const read = readOutcome()(text)
  return read.ok ? writeOutcome(read.value) : text
}

/** A recording that nobody asked to keep goes at its end. */
export function dueText({ kept, dueAfterMs }: Pick<RecordingResult, 'kept' | 'dueAfterMs'>): string {
  if (!kept) return writeDue({ kind: 'at-the-end' })
  return writeDue(dueAfterMs === null ? { kind: 'never' } : { kind: 'after-the-end', afterMs: dueAfterMs })
}

function writeDue(due: ExpectedDue): string {
  switch (due.kind) {
    case 'never':
      return 'never'
    case 'at-the-end':
      return 'at the end'
    case 'after-the-end':
      return `${writeDuration(due.afterMs)} after the end`
  }
}
