import { TOPICS } from '@twinreel/contracts/topics'
import type { Evidence, Trim } from '../world/evidence.ts'

/** What makes more of a start than a call that rings. */
const ANSWER_OR_END = /\.call\.(answered|ended)\./

type Looked = Pick<Evidence, 'trimmed' | 'truth'>

/** Whether a call's messages were taken from the log before they were durable: a loss that the recorder must name and can't undo, if it has not read them yet. */
export function isAffectedByTrim(evidence: Looked, callId: string): boolean {
  return affectingTrims(evidence, callId).length > 0
}

/**
 * Whether the log lost a call's answer and tells nothing that would end it: all that anybody can know of it is a start, kept or told again. `openedOffset`: where
 * the start is by which the recorder knows it.
 */
export function isUnansweredByTrim(evidence: Looked, callId: string, openedOffset: number): boolean {
  const trims = affectingTrims(evidence, callId)
  if (trims.length === 0) return false
  const fromOffset = Math.max(openedOffset, ...trims.map(({ beforeOffset }) => beforeOffset))
  return !evidence.truth
    .appended(TOPICS.calls)
    .some(({ key, offset, headers }) => key === callId && offset >= fromOffset && ANSWER_OR_END.test(headers['ce_type'] ?? ''))
}

/** The trims that did so, in order: each may end the call's recordings once. */
export function affectingTrims({ trimmed, truth }: Looked, callId: string): readonly Trim[] {
  if (trimmed.length === 0) return []
  const records = truth.appended(TOPICS.calls).filter((record) => record.key === callId)
  const [first, last] = [records[0], records.at(-1)]
  if (first === undefined || last === undefined) return []
  return trimmed.filter(({ partition, beforeOffset, checkpoint }) => {
    if (first.partition !== partition || first.offset >= beforeOffset) return false
    const session = checkpoint?.sessions.find((one) => one.callId === callId)
    // A tombstone needs nothing of the log any more.
    if (session !== undefined) return session.endedOffset === null && session.offset < beforeOffset
    return (checkpoint?.safeOffset ?? 0) <= last.offset
  })
}
