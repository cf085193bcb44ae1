import { assign } from './assignment.ts'
import { decodeMember, encodeAssignment } from './assignment-protocol.ts'
import { isPassing, protocolError } from './failure.ts'
import type { GroupMember } from './member-memory.ts'
import { partitionsOf } from './partitions.ts'
import type { Broker, Cluster, JoinedGroup } from './protocol.ts'

const OF_A_GROUP = 0

/** The broker that keeps the group. */
export async function coordinatorOf(cluster: Cluster, groupId: string): Promise<Broker> {
  const broker = await cluster.brokerPool.findConnectedBroker()
  const { coordinator } = await broker.findGroupCoordinator({ groupId, coordinatorType: OF_A_GROUP })
  return await cluster.findBroker({ nodeId: coordinator.nodeId })
}

/**
 * Joins. A new member is told its id first, and then joins with it (KIP-394): `named` hears the id before the group counts on the member. kafkajs makes both requests in one
 * go, so it is looked at how it puts them together.
 */
export async function joinGroup(coordinator: Broker, request: Parameters<Broker['joinGroup']>[0], named: (memberId: string) => void): Promise<JoinedGroup> {
  const lookupRequest: Broker['lookupRequest'] = (apiKey, versions) => {
    const encode = coordinator.lookupRequest(apiKey, versions)
    return (fields) => {
      if (typeof fields['memberId'] === 'string' && fields['memberId'] !== '') named(fields['memberId'])
      return encode(fields)
    }
  }
  const watched = Object.create(coordinator, { lookupRequest: { value: lookupRequest } }) as Broker
  const joined = await watched.joinGroup(request)
  named(joined.memberId)
  return joined
}

/** Makes a member leave whose process is dead. One that the group does not know any more has left. */
export async function leaveInPlaceOf(coordinator: Broker, member: GroupMember): Promise<void> {
  try {
    await coordinator.leaveGroup(member)
  } catch (error) {
    // Whoever may not do this may not join either, and is told so then.
    if (protocolError(error) === null || isPassing(error)) throw error
  }
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
