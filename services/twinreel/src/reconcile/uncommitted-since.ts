import { TOPICS } from '@twinreel/contracts/topics'
import type { Engines } from '../engines.ts'
import type { Place } from '../place.ts'

/** How far the clocks of log, store and catalog may be apart; on one machine it is the file system's, which counts in ticks. */
const SKEW_MS = { embedded: 1_000, kafka: 60_000 }

/**
 * An object put before this has its row, if it will ever have one: it is when the first message was appended whose effects are perhaps not all committed (all before
 * are, by the partitions' safe offsets), less what clocks may differ by. Where everything is committed, the catalog's present time counts.
 */
export async function uncommittedSinceMs({ catalog, eventLog }: Pick<Engines, 'catalog' | 'eventLog'>, kind: Place['kind']): Promise<number> {
  let sinceMs = await catalog.nowMs()
  const rows = await catalog.db.selectFrom('partitions').select(['partition', 'safe_offset']).where('topic', '=', TOPICS.calls).execute()
  const safe = new Map(rows.map((row) => [row.partition, row.safe_offset]))
  for (const { partition, firstOffset, endOffset } of await eventLog.ranges(TOPICS.calls)) {
    const fromOffset = Math.max(firstOffset, safe.get(partition) ?? firstOffset)
    if (fromOffset >= endOffset) continue
    const { records } = await eventLog.read({ topic: TOPICS.calls, partition, fromOffset, maxRecords: 1 })
    const [first] = records
    if (first !== undefined) sinceMs = Math.min(sinceMs, first.appendedAtMs)
  }
  return sinceMs - SKEW_MS[kind]
}
