import { TOPICS } from '@twinreel/contracts/topics'
import type { Evidence } from '../world/evidence.ts'

/** Whether a call's messages were taken from the log before they were durable: a loss that the recorder must name and can't undo. */
export function isAffectedByTrim(evidence: Pick<Evidence, 'trimmed' | 'truth' | 'checkpoints'>, callId: string): boolean {
  return evidence.trimmed.some(({ partition, beforeOffset, atMs }) => {
    const records = evidence.truth.appended(TOPICS.calls).filter((record) => record.partition === partition && record.key === callId)
    const first = records[0]
    if (first === undefined || first.offset >= beforeOffset || first.appendedAtMs > atMs + 1) return false
    const last = evidence.checkpoints.findLast((checkpoint) => checkpoint.partition === partition && checkpoint.atMs <= atMs)
    const session = last?.sessions.find((one) => one.callId === callId)
    // A tombstone needs nothing of the log any more, and neither does a call that the safe offset has passed.
    if (session === undefined) return (last?.safeOffset ?? 0) <= (records.at(-1)?.offset ?? 0) && (last === undefined || last.safeOffset <= first.offset)
    return session.endedOffset === null && session.offset < beforeOffset
  })
}
