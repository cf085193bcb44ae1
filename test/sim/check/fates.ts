import type { AdminAct, Evidence, RetentionRun } from '../world/evidence.ts'

/** Thirty days, as the retention rule counts them. */
const KEPT_MS = 720 * 3_600_000
/** So long lies in the bin what somebody deleted. */
const BIN_MS = 72 * 3_600_000

/** A recording that has ended, as retention's checks see it. */
export interface Fate {
  orgId: string
  ownerId: string
  recordingId: string
  endedMs: number
  isKept: boolean
}

/** What an administrator's acts, one after the other, mean for a recording. */
export interface Standing {
  tier: { name: string; sinceMs: number; by: AdminAct | null }
  isHeld: boolean
  /** When what somebody asked for comes true: the end of its time in the bin, or an erasure; `null`: nobody asked, or it was restored. */
  askedMs: number | null
}

/** By what was done, not by what the catalog made of it. */
export function standingOf({ ownerId, recordingId }: Fate, acts: readonly AdminAct[]): Standing {
  let tier: Standing['tier'] = { name: 'unknown', sinceMs: 0, by: null }
  let binnedMs: number | null = null
  let erasedMs: number | null = null
  const holds = new Map<number, string>()
  for (const one of acts) {
    const { act, startedMs } = one
    const atMs = one.ackedMs ?? startedMs
    switch (act.kind) {
      case 'tier':
      case 'planned': {
        const isMeant = act.kind === 'tier' ? act.userId === ownerId : act.userIds.includes(ownerId)
        if (isMeant && tier.name !== act.tier) tier = { name: act.tier, sinceMs: atMs, by: one }
        break
      }
      case 'hold':
        holds.set(act.number, act.subjectId)
        break
      case 'release':
        holds.delete(act.number)
        break
      case 'delete':
        if (act.recordingId === recordingId) binnedMs ??= atMs + BIN_MS
        break
      case 'restore':
        if (act.recordingId === recordingId) binnedMs = null
        break
      case 'erase':
        if (act.userId === ownerId) erasedMs ??= atMs
        break
      case 'off':
      case 'confirm':
    }
  }
  const isHeld = [...holds.values()].some((subject) => subject === ownerId || subject === recordingId)
  // Nothing takes back an erasure, and nothing that was deleted before waits any longer for it.
  return { tier, isHeld, askedMs: erasedMs === null ? binnedMs : Math.min(erasedMs, binnedMs ?? Infinity) }
}

/** When a recording is due; `Infinity`: never, as things are. */
export function dueMs(fate: Fate, acts: readonly AdminAct[]): number {
  const { tier, isHeld, askedMs } = standingOf(fate, acts)
  if (isHeld) return Infinity
  if (!fate.isKept) return fate.endedMs
  const byTierMs = tier.name === 'go' ? Math.max(fate.endedMs, tier.sinceMs) + KEPT_MS : Infinity
  return Math.min(byTierMs, askedMs === null ? Infinity : Math.max(fate.endedMs, askedMs))
}

/** Something was done while it ran, so nobody can say what it should have seen. */
export function isBusy(acts: readonly AdminAct[], { startedMs, endedMs }: Pick<RetentionRun, 'startedMs' | 'endedMs'>): boolean {
  return acts.some((act) => act.startedMs <= endedMs && (act.ackedMs ?? Infinity) >= startedMs)
}

export function ackedBefore(acts: readonly AdminAct[], atMs: number): AdminAct[] {
  return acts.filter(({ ackedMs }) => ackedMs !== null && ackedMs < atMs)
}

/** Of every recording that has ended, by its id. */
export function fatesOf({ truth }: Pick<Evidence, 'truth'>): Map<string, Fate> {
  const rows = truth.database
    .prepare(
      'select recording_id, org_id, owner_id, ended_log_ms, status, end_reason, segment_count, provisional from recordings where ended_log_ms is not null',
    )
    .all()
  return new Map(
    rows.map((row) => {
      const recordingId = String(row['recording_id'])
      // Nobody knows whether it would have been kept of what the log lost before there was anything of it.
      const isKept = row['provisional'] === 0 || row['status'] === 'empty' || (row['end_reason'] === 'log-lost' && row['segment_count'] === 0)
      return [recordingId, { recordingId, orgId: String(row['org_id']), ownerId: String(row['owner_id']), endedMs: Number(row['ended_log_ms']), isKept }]
    }),
  )
}
