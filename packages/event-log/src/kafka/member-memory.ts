/** A member of a consumer group, as the broker knows it. */
export interface GroupMember {
  groupId: string
  memberId: string
}

/**
 * Remembers, beyond the death of this process, which members it has in groups. A process that was killed says nothing to its broker, which waits for the session to
 * run out; who is certain that it is dead can say so in its place.
 */
export interface MemberMemory {
  /** Members of processes that are dead for certain and did not leave. A frozen process is not dead. */
  dead(): readonly GroupMember[]
  /** This process is about to be that member; kept when it returns. Never throws: what is not remembered costs time, nothing else. */
  joining(member: GroupMember): void
  /** Out of its group for certain, whosever it was. */
  left(member: GroupMember): void
}

export const NO_MEMORY: MemberMemory = { dead: () => [], joining: () => undefined, left: () => undefined }
