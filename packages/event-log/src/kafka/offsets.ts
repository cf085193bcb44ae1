import type { PartitionRange } from '../port.ts'
import { byLeader } from './partitions.ts'
import { type Cluster, READ_COMMITTED } from './protocol.ts'

// Of ListOffsets: where the kept part begins, and where it ends for readers of committed records.
const EARLIEST = -2
const LATEST = -1

/** What `ListOffsets` says of each partition for a time (milliseconds UTC, or one of the two above); -1 when nothing is as late. */
async function listOffsets(cluster: Cluster, topic: string, partitions: readonly number[], timestamp: number): Promise<Map<number, number>> {
  const offsets = new Map<number, number>()
  const leaders = await byLeader(cluster, topic, partitions)
  await Promise.all(
    [...leaders].map(async ([nodeId, led]) => {
      const broker = await cluster.findBroker({ nodeId })
      const topics = [{ topic, partitions: led.map((partition) => ({ partition, timestamp })) }]
      const { responses } = await broker.listOffsets({ isolationLevel: READ_COMMITTED, topics })
      for (const { partition, offset } of responses.flatMap((response) => response.partitions)) offsets.set(partition, Number(offset))
    }),
  )
  return offsets
}

/** `physicalTopic` is the topic's name in Kafka, `topic` the one the ranges carry. */
export async function rangesOf(cluster: Cluster, physicalTopic: string, topic: string, partitions: readonly number[]): Promise<PartitionRange[]> {
  const [first, end] = await Promise.all([listOffsets(cluster, physicalTopic, partitions, EARLIEST), listOffsets(cluster, physicalTopic, partitions, LATEST)])
  return partitions.map((partition) => {
    const firstOffset = first.get(partition) ?? 0
    return { topic, partition, firstOffset, endOffset: Math.max(firstOffset, end.get(partition) ?? 0) }
  })
}

/** The offset of the first record appended at or after `timeMs`, `null` when there is none. */
export async function offsetAtTime(cluster: Cluster, physicalTopic: string, partition: number, timeMs: number): Promise<number | null> {
  const offset = (await listOffsets(cluster, physicalTopic, [partition], Math.max(0, Math.floor(timeMs)))).get(partition) ?? -1
  return offset < 0 ? null : offset
}
