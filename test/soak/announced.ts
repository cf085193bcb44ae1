import { TOPICS } from '@twinreel/contracts/topics'
import type { EventLog } from '@twinreel/event-log/port'

/** What is wrong with the completions that were announced: none, or two that are not the same, of one recording; one of a recording that there is not. */
export async function announcedFaults(eventLog: EventLog, completed: ReadonlySet<string>): Promise<string[]> {
  const ids = new Map<string, Set<string>>()
  for (const { partition, firstOffset, endOffset } of await eventLog.ranges(TOPICS.recordings)) {
    for (let fromOffset = firstOffset; fromOffset < endOffset;) {
      const { records } = await eventLog.read({ topic: TOPICS.recordings, partition, fromOffset })
      for (const { key, headers } of records) {
        if (!(headers['ce_type'] ?? '').includes('recording.completed')) continue
        ids.set(key, (ids.get(key) ?? new Set()).add(headers['ce_id'] ?? ''))
      }
      fromOffset = (records.at(-1)?.offset ?? endOffset) + 1
    }
  }
  const unannounced = [...completed].filter((recordingId) => !ids.has(recordingId)).map((recordingId) => `${recordingId} was completed and nobody was told`)
  const wrong = [...ids].flatMap(([recordingId, all]) => [
    ...(all.size > 1 ? [`${recordingId} was announced ${all.size} times as completed`] : []),
    ...(completed.has(recordingId) ? [] : [`${recordingId} was announced as completed, and is not`]),
  ])
  return [...unannounced, ...wrong]
}
