/**
 * What may be deleted, told from what really happened by nothing but this file: it knows neither the catalog nor the rule's code.
 * Times are true ones, milliseconds UTC, where they are not said to be the catalog's.
 */
export interface Happened {
  recordings: RecordingFact[]
  tiers: TierFact[]
  holds: HoldFact[]
}

export interface RecordingFact {
  recordingId: string
  orgId: string
  ownerId: string
  /** The owner has an account in the recording's organization. */
  isOwnerKnown: boolean
  isKept: boolean
  endedMs: number | null
  /** Somebody deleted it: when its time in the bin is over, by the true time and by the catalog's. */
  bin: { endsMs: number; endsByClockMs: number } | null
  keys: readonly string[]
  /** Objects within its prefix that no row names. */
  strays: string[]
}

interface TierFact {
  userId: string
  tier: string
  atMs: number
  /** By the catalog's clock; `null` for what was written past it. */
  clockMs: number | null
  /** One of a confirmed move of many. */
  isPlanned: boolean
}

interface HoldFact {
  holdId: string
  orgId: string
  on: 'user' | 'recording'
  subjectId: string
  isReleased: boolean
}

export function prefixOf({ orgId, ownerId, recordingId }: Pick<RecordingFact, 'orgId' | 'ownerId' | 'recordingId'>): string {
  return `recordings/${orgId}/${ownerId}/${recordingId}/`
}

const THIRTY_DAYS_MS = 30 * 24 * 60 * 60 * 1_000

/** Why a recording must not be deleted at this moment; `null` when it may. */
export function whyItStays(happened: Happened, recording: RecordingFact, nowMs: number): string | null {
  const { endedMs } = recording
  if (endedMs === null) return 'it goes on'
  if (isHeld(happened, recording)) return 'it is held'
  if (!recording.isKept) return nowMs < endedMs ? 'it ends later' : null
  if (recording.bin !== null && nowMs >= Math.max(endedMs, recording.bin.endsMs)) return null
  if (!recording.isOwnerKnown) return 'nobody knows its owner'
  const moves = happened.tiers.filter(({ userId }) => userId === recording.ownerId)
  const tier = moves.at(-1)?.tier
  if (tier !== 'go') return `its owner's tier is ${tier ?? 'unknown'}`
  const lastOther = moves.findLastIndex((move) => move.tier !== 'go')
  const becameGoMs = moves[lastOther + 1]?.atMs ?? Infinity
  if (nowMs < endedMs + THIRTY_DAYS_MS) return `it ended ${ago(nowMs - endedMs)}`
  if (nowMs < becameGoMs + THIRTY_DAYS_MS) return `its owner became go ${ago(nowMs - becameGoMs)}`
  return null
}

/** When it is due by what the catalog can know: a change's time is that of its clock then, and never before the change before it. */
export function dueMs(happened: Happened, recording: RecordingFact): number {
  const { endedMs } = recording
  if (endedMs === null || isHeld(happened, recording)) return Infinity
  if (!recording.isKept) return endedMs
  const binEndsMs = recording.bin === null ? Infinity : Math.max(endedMs, recording.bin.endsByClockMs)
  if (!recording.isOwnerKnown) return binEndsMs
  let becameGoMs = Infinity
  let lastMs = 0
  let tier = ''
  for (const move of happened.tiers) {
    if (move.userId !== recording.ownerId || move.tier === tier) continue
    lastMs = Math.max(lastMs, move.clockMs ?? 0)
    becameGoMs = move.tier === 'go' ? lastMs : Infinity
    tier = move.tier
  }
  return Math.min(binEndsMs, Math.max(endedMs, becameGoMs) + THIRTY_DAYS_MS)
}

/** Its owner was moved to go alone, later than it ended: a brake must not let many of these go at once. */
export function isSurprising({ tiers }: Happened, { ownerId, endedMs, isKept, bin }: RecordingFact): boolean {
  const moves = tiers.filter(({ userId }) => userId === ownerId)
  const became = moves[moves.findLastIndex(({ tier }) => tier !== 'go') + 1]
  return isKept && bin === null && became !== undefined && endedMs !== null && !became.isPlanned && became.atMs > endedMs
}

export function tierOf({ tiers }: Happened, ownerId: string): string | undefined {
  return tiers.findLast(({ userId }) => userId === ownerId)?.tier
}

function isHeld({ holds }: Happened, { orgId, ownerId, recordingId }: RecordingFact): boolean {
  return holds.some((hold) => !hold.isReleased && hold.orgId === orgId && hold.subjectId === (hold.on === 'user' ? ownerId : recordingId))
}

function ago(ms: number): string {
  return `${(ms / 3_600_000).toFixed(6)} hours ago`
}
