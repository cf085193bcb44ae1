import { assign } from './assignment.ts'
import { decodeMember, encodeAssignment } from './assignment-protocol.ts'
import { partitionsOf } from './partitions.ts'
import type { Broker, Cluster, JoinedGroup } from './protocol.ts'

const OF_A_GROUP = 0

/** The broker that keeps the group. */
export async function coordinatorOf(cluster: Cluster, groupId: string): Promise<Broker> {
  const broker = await cluster.brokerPool.findConnectedBroker()
  const { coordinator } = await broker.findGroupCoordinator({ groupId, coordinatorType: OF_A_GROUP })
  return await cluster.findBroker({ nodeId: coordinator.nodeId })
}

/** What the member that was chosen to share out the partitions gives to each. */
export async function shareOut(cluster: Cluster, topic: string, { members }: JoinedGroup): Promise<{ memberId: string; memberAssignment: Buffer }[]> {
  const { length } = await partitionsOf(cluster, topic)
  const shares = assign(
    length,
    members.map(({ memberId, memberMetadata }) => decodeMember(memberId, memberMetadata)),
  )
  return [...shares].map(([memberId, partitions]) => ({ memberId, memberAssignment: encodeAssignment(topic, partitions) }))
}

/** Tells the group where a member is, partition by partition. */
export async function commitPositions(
  coordinator: Broker,
  seat: { groupId: string; topic: string; memberId: string; generation: number; positions: readonly (readonly [number, number])[] },
): Promise<void> {
  const { groupId, topic, memberId, generation, positions } = seat
  if (positions.length === 0 || generation === -1) return
  const partitions = positions.map(([partition, offset]) => ({ partition, offset: String(offset) }))
  await coordinator.offsetCommit({ groupId, groupGenerationId: generation, memberId, topics: [{ topic, partitions }] })
}
