/** What a member says of itself when it joins. */
export interface Member {
  memberId: string
  /** Partitions it still holds, also those it is giving back. */
  held: readonly number[]
  /** The generation in which it got them; -1 when it was thrown out since. */
  generation: number
}

/**
 * Shares `partitions` partitions among the members as evenly as possible, moving as few as possible. A partition that must move is
 * given to nobody as long as somebody holds it: its holder sees that it lost it, gives it back and joins again, and only then the new
 * owner gets it (the cooperative protocol of Kafka's KIP-429). So no two members that talk to the broker ever hold one partition.
 */
export function assign(partitions: number, members: readonly Member[]): Map<string, number[]> {
  const holders = holdersOf(partitions, members)
  const heldBy = new Map(members.map(({ memberId }) => [memberId, [] as number[]]))
  for (const [partition, memberId] of holders) heldBy.get(memberId)?.push(partition)
  const quotas = quotasOf(partitions, heldBy)
  const assigned = new Map([...heldBy].map(([memberId, held]) => [memberId, held.slice(0, quotas.get(memberId) ?? 0)]))
  const free = Array.from({ length: partitions }, (_, partition) => partition).filter((partition) => !holders.has(partition))
  for (const [memberId, mine] of assigned) mine.push(...free.splice(0, Math.max(0, (quotas.get(memberId) ?? 0) - mine.length)))
  return assigned
}

/** Who holds each partition; of several claims the one of the latest generation counts. */
function holdersOf(partitions: number, members: readonly Member[]): Map<number, string> {
  const holders = new Map<number, Member>()
  for (const member of members.toSorted((a, b) => (a.memberId < b.memberId ? -1 : 1))) {
    for (const partition of member.held) {
      const other = holders.get(partition)
      if (partition >= 0 && partition < partitions && (other === undefined || other.generation < member.generation)) holders.set(partition, member)
    }
  }
  return new Map([...holders].toSorted(([a], [b]) => a - b).map(([partition, { memberId }]) => [partition, memberId]))
}

/** How many each gets: those who hold most keep what is left over. */
function quotasOf(partitions: number, heldBy: ReadonlyMap<string, readonly number[]>): Map<string, number> {
  const order = [...heldBy].toSorted(([a, heldA], [b, heldB]) => heldB.length - heldA.length || (a < b ? -1 : 1))
  const each = Math.floor(partitions / order.length)
  const leftOver = partitions % order.length
  return new Map(order.map(([memberId], index) => [memberId, index < leftOver ? each + 1 : each]))
}
