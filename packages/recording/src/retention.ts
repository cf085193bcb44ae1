/** Tiers of the recording service. Go is free and its recordings expire; the others are paid. */
export const TIERS = ['go', 'standard', 'ai'] as const
export type Tier = (typeof TIERS)[number]

/** 30 days as hours: no calendar, no time zone, no daylight saving. */
export const GO_RETENTION_MS = 720 * 3_600_000

export interface RetentionFacts {
  /** Append time of the message that ended the recording; `null` while it is live. */
  endedAtMs: number | null
  /**
   * The owner's tier and since when; `contradicted` when what we know of it says different things; `null` for an owner we do not know. Anything but a
   * known tier keeps.
   */
  tier: { name: string; sinceMs: number } | 'contradicted' | null
  legalHold: boolean
  /** A provisional recording that nobody asked to keep goes at once, whatever the tier. */
  notKept: boolean
  /** Somebody asked for its deletion, which goes from then on; `null` when nobody did. */
  deletionDueAtMs: number | null
}

export type RetentionVerdict =
  | { kind: 'keep'; why: 'live' | 'paid-tier' | 'legal-hold' | 'unknown-tier' | 'unknown-owner' }
  | { kind: 'due'; dueAtMs: number; why: 'go-tier-expired' | 'not-kept' | 'deletion-requested' }

/** When a recording goes, and why, or why it stays. Whatever is not known keeps, unless somebody asked for its deletion. Of two reasons the earlier counts. */
export function retentionVerdict(facts: RetentionFacts): RetentionVerdict {
  const { endedAtMs, deletionDueAtMs } = facts
  if (endedAtMs === null) return { kind: 'keep', why: 'live' }
  if (facts.legalHold) return { kind: 'keep', why: 'legal-hold' }
  if (facts.notKept) return { kind: 'due', dueAtMs: endedAtMs, why: 'not-kept' }
  const byTier = tierVerdict(endedAtMs, facts.tier)
  if (deletionDueAtMs === null) return byTier
  const dueAtMs = Math.max(endedAtMs, deletionDueAtMs)
  return byTier.kind === 'due' && byTier.dueAtMs <= dueAtMs ? byTier : { kind: 'due', dueAtMs, why: 'deletion-requested' }
}

function tierVerdict(endedAtMs: number, tier: RetentionFacts['tier']): RetentionVerdict {
  if (tier === null) return { kind: 'keep', why: 'unknown-owner' }
  if (tier === 'contradicted') return { kind: 'keep', why: 'unknown-tier' }
  switch (tier.name) {
    case 'go':
      return { kind: 'due', dueAtMs: Math.max(endedAtMs, tier.sinceMs) + GO_RETENTION_MS, why: 'go-tier-expired' }
    case 'standard':
    case 'ai':
      return { kind: 'keep', why: 'paid-tier' }
    default:
      return { kind: 'keep', why: 'unknown-tier' }
  }
}
