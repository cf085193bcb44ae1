import { TOPICS } from '@twinreel/contracts/topics'
import type { Evidence, Trim } from '../world/evidence.ts'

type Looked = Pick<Evidence, 'trimmed' | 'truth'>

/** Whether a call's messages were taken from the log before they were durable: a loss that the recorder must name and can't undo, if it has not read them yet. */
export function isAffectedByTrim(evidence: Looked, callId: string): boolean {
  return affectingTrims(evidence, callId).length > 0
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
