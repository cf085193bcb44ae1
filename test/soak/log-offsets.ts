import { TOPICS } from '@twinreel/contracts/topics'
import type { EventLog, LogRecord } from '@twinreel/event-log/port'
import { systemClock } from '@twinreel/service/clock'

/** Where the call log ended at what time, so that what was said of a call is found again without reading all of it. */
export interface LogOffsets {
  /** Notes where the log ends now. */
  note(): Promise<void>
  /** Everything with this key that was appended to the partition since `fromMs`, by our clock. */
  recordsOf(key: string, partition: number, fromMs: number): Promise<LogRecord[]>
}

const READ_BYTES = 8 * 1_048_576

export function logOffsets(eventLog: EventLog): LogOffsets {
  const noted: { atMs: number; ends: ReadonlyMap<number, number> }[] = []
  const ends = async (): Promise<Map<number, number>> =>
    new Map((await eventLog.ranges(TOPICS.calls)).map(({ partition, endOffset }) => [partition, endOffset]))
  return {
    async note() {
      const atMs = systemClock.now()
      noted.push({ atMs, ends: await ends() })
    },
    async recordsOf(key, partition, fromMs) {
      const from = noted.findLast(({ atMs }) => atMs < fromMs)?.ends.get(partition) ?? 0
      const end = (await ends()).get(partition) ?? 0
      const found: LogRecord[] = []
      for (let fromOffset = from; fromOffset < end;) {
        const { records } = await eventLog.read({ topic: TOPICS.calls, partition, fromOffset, maxBytes: READ_BYTES })
        found.push(...records.filter((record) => record.key === key))
        fromOffset = (records.at(-1)?.offset ?? end) + 1
      }
      return found
    },
  }
}
