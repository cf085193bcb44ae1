import type { Evidence, Violation } from '../world/evidence.ts'

/** What was going on when the log was found to be cut ends as lost, by name: not as if nothing were missing. */
export function checkLost({ takeovers, truth }: Evidence): Violation[] {
  const rows = truth.database.prepare('select recording_id, end_reason from recordings').all()
  const reasons = new Map(rows.map((row) => [String(row['recording_id']), row['end_reason']]))
  return [...new Set(takeovers.flatMap(({ lost }) => lost))].flatMap((recordingId) => {
    const reason = reasons.get(recordingId)
    return reason === 'log-lost'
      ? []
      : [{ check: 'lost', message: `the log lost what recording ${recordingId} had not sealed, and it ended as ${String(reason ?? 'nothing')}` }]
  })
}
