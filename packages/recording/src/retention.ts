/** Tiers of the recording service. Go is free and its recordings expire; the others are paid. */
export const TIERS = ['go', 'standard', 'ai'] as const
export type Tier = (typeof TIERS)[number]

/** 30 days as hours: no calendar, no time zone, no daylight saving. */
export const GO_RETENTION_MS = 720 * 3_600_000

export interface RetentionFacts {
  /** Append time of the message that ended the recording; `null` while it is live. */
  endedAtMs: number | null
  /** The owner's tier and since when, or `null` for an owner we do not know; anything but a known tier keeps. */
  tier: { name: string; sinceMs: number } | null
  legalHold: boolean
  /** A provisional recording that nobody asked to keep goes at once, whatever the tier. */
  notKept: boolean
}

export type RetentionVerdict =
  | { kind: 'keep'; why: 'live' | 'paid-tier' | 'legal-hold' | 'unknown-tier' | 'unknown-owner' }
  | { kind: 'due'; dueAtMs: number; why: 'go-tier-expired' | 'not-kept' }

/** When a recording goes, and why, or why it stays. Whatever is not known keeps. */
export function retentionVerdict(facts: RetentionFacts): RetentionVerdict {
  if (facts.endedAtMs === null) return { kind: 'keep', why: 'live' }
  if (facts.legalHold) return { kind: 'keep', why: 'legal-hold' }
  if (facts.notKept) return { kind: 'due', dueAtMs: facts.endedAtMs, why: 'not-kept' }
  if (facts.tier === null) return { kind: 'keep', why: 'unknown-owner' }
  switch (facts.tier.name) {
    case 'go':
      return { kind: 'due', dueAtMs: Math.max(facts.endedAtMs, facts.tier.sinceMs) + GO_RETENTION_MS, why: 'go-tier-expired' }
    case 'standard':
    case 'ai':
      return { kind: 'keep', why: 'paid-tier' }
    default:
      return { kind: 'keep', why: 'unknown-tier' }
  }
}
