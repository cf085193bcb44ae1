export interface Wanted {
  orgId: string
  /** Recordings that are due. */
  count: number
}

export interface Shares {
  perRun: number
  perOrg: number
}

/**
 * How many recordings of each organization a run takes. Whoever wants little gets all of it, and the others share alike what is left, so no
 * organization's backlog keeps another's waiting.
 */
export function fairShares(wanted: readonly Wanted[], { perRun, perOrg }: Shares): Map<string, number> {
  const shares = new Map<string, number>()
  const fewestFirst = wanted.toSorted((a, b) => a.count - b.count)
  let left = perRun
  for (const [index, { orgId, count }] of fewestFirst.entries()) {
    const share = Math.min(count, perOrg, left, Math.ceil(left / (fewestFirst.length - index)))
    if (share > 0) shares.set(orgId, share)
    left -= share
  }
  return shares
}

/** Organizations that are asked for and claimed together: small ones, up to a batch's recordings. Those with the least come first. */
export function inGroups(shares: ReadonlyMap<string, number>, { recordings, orgs }: { recordings: number; orgs: number }): string[][] {
  const groups: string[][] = []
  let room = 0
  for (const [orgId, share] of [...shares].toSorted(([, a], [, b]) => a - b)) {
    const group = groups.at(-1)
    if (group === undefined || share > room || group.length >= orgs) {
      groups.push([orgId])
      room = recordings - share
    } else {
      group.push(orgId)
      room -= share
    }
  }
  return groups
}
