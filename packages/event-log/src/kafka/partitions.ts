import { LogError } from '../port.ts'
import type { Broker, Cluster, PartitionMetadata } from './protocol.ts'

/** The topic's partitions by number, as the cluster last said. Throws kafkajs's error when there is no such topic. */
export async function partitionsOf(cluster: Cluster, topic: string): Promise<readonly PartitionMetadata[]> {
  await cluster.addTargetTopic(topic)
  return cluster.findTopicPartitionMetadata(topic).toSorted((a, b) => a.partitionId - b.partitionId)
}

/** The broker that leads the partition. */
export async function leaderOf(cluster: Cluster, topic: string, partition: number): Promise<Broker> {
  const partitions = await partitionsOf(cluster, topic)
  const found = partitions.find(({ partitionId }) => partitionId === partition)
  if (found === undefined) {
    throw new LogError(`topic ${topic} has ${partitions.length} partitions, there is no partition ${partition}`, { retriable: false })
  }
  return await cluster.findBroker({ nodeId: found.leader })
}

/** The numbers of `partitions` by the node that leads them. */
export async function byLeader(cluster: Cluster, topic: string, partitions: Iterable<number>): Promise<Map<number, number[]>> {
  const metadata = await partitionsOf(cluster, topic)
  const wanted = new Set(partitions)
  const leaders = new Map<number, number[]>()
  for (const { partitionId, leader } of metadata) {
    if (wanted.has(partitionId)) leaders.set(leader, [...(leaders.get(leader) ?? []), partitionId])
  }
  return leaders
}
