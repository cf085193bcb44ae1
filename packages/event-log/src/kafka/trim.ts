import type { Link } from './link.ts'
import { offsetAtTime, rangesOf } from './offsets.ts'
import { leaderOf } from './partitions.ts'

/**
 * Moves the partition's start (DeleteRecords). The broker forgets the records at once and frees their segment files when every record of
 * them is below the start. Answers how many offsets went: where a partition has holes, more than records.
 */
export async function trimPartition(
  link: Link,
  deadlineMs: number,
  what: { physicalTopic: string; partition: number; beforeOffset: number; olderThanMs: number },
): Promise<number> {
  const { physicalTopic, partition, beforeOffset, olderThanMs } = what
  return await link.retry(`trimming ${physicalTopic}/${partition}`, deadlineMs, async (cluster) => {
    const broker = await leaderOf(cluster, physicalTopic, partition)
    const [range] = await rangesOf(cluster, physicalTopic, physicalTopic, [partition])
    if (range === undefined || beforeOffset <= range.firstOffset) return 0
    const young = await offsetAtTime(cluster, physicalTopic, partition, olderThanMs)
    const offset = Math.min(beforeOffset, young ?? range.endOffset, range.endOffset)
    if (offset <= range.firstOffset) return 0
    await broker.deleteRecords({ topics: [{ topic: physicalTopic, partitions: [{ partition, offset: String(offset) }] }] })
    return offset - range.firstOffset
  })
}
