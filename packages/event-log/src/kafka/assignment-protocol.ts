import { AssignerProtocol } from 'kafkajs'
import type { Member } from './assignment.ts'

/** The protocol's name in the group: members that share differently can't join. */
export const PROTOCOL = 'twinreel-cooperative-1'
const VERSION = 1

/** A member's subscription, and in it what it holds. */
export function encodeMember(topic: string, member: Omit<Member, 'memberId'>): Buffer {
  return AssignerProtocol.MemberMetadata.encode({
    version: VERSION,
    topics: [topic],
    userData: Buffer.from(JSON.stringify([member.generation, ...member.held])),
  })
}

/** What cannot be read counts as holding nothing: the member's own check and the handler's fencing still stand. */
export function decodeMember(memberId: string, metadata: Buffer): Member {
  try {
    const { userData } = AssignerProtocol.MemberMetadata.decode(metadata) ?? {}
    const numbers: unknown = JSON.parse(userData?.toString() ?? '')
    if (!Array.isArray(numbers) || !numbers.every((each) => Number.isSafeInteger(each))) return { memberId, generation: -1, held: [] }
    const [generation = -1, ...held] = numbers as number[]
    return { memberId, generation, held }
  } catch {
    return { memberId, generation: -1, held: [] }
  }
}

export function encodeAssignment(topic: string, partitions: readonly number[]): Buffer {
  return AssignerProtocol.MemberAssignment.encode({ version: VERSION, assignment: { [topic]: [...partitions] }, userData: Buffer.alloc(0) })
}

export function decodeAssignment(topic: string, assignment: Buffer): number[] {
  if (assignment.byteLength === 0) return []
  return AssignerProtocol.MemberAssignment.decode(assignment)?.assignment[topic] ?? []
}
