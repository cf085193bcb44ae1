import { goes, type Outlook } from './retention-outlook.ts'

/** What goes of one organization. */
export interface OutlookSummary {
  orgId: string
  goes: number
  sizeBytes: number
  firstDueAtMs: number | null
  lastDueAtMs: number | null
  /** Of those that go, how many for which reason. */
  why: Record<string, number>
  /** Counted only where they were looked at. */
  dueLater: number
  stays: number
}

/** Adds recordings up by organization as they go by: of each organization a line is kept, of each recording nothing. */
export function outlookSummaries(): { add(row: Outlook): void; all(): OutlookSummary[] } {
  const byOrg = new Map<string, OutlookSummary>()
  return {
    add(row) {
      const { orgId, sizeBytes, dueAtMs, why, verdict } = row
      const known = byOrg.get(orgId)
      const summary = known ?? { orgId, goes: 0, sizeBytes: 0, firstDueAtMs: null, lastDueAtMs: null, why: {}, dueLater: 0, stays: 0 }
      byOrg.set(orgId, summary)
      if (verdict === 'due-later') summary.dueLater += 1
      if (verdict === 'stays') summary.stays += 1
      if (!goes(row)) return
      summary.goes += 1
      summary.sizeBytes += sizeBytes
      summary.why[why] = (summary.why[why] ?? 0) + 1
      if (dueAtMs === null) return
      summary.firstDueAtMs = Math.min(dueAtMs, summary.firstDueAtMs ?? dueAtMs)
      summary.lastDueAtMs = Math.max(dueAtMs, summary.lastDueAtMs ?? dueAtMs)
    },
    all: () => [...byOrg.values()].toSorted((a, b) => (a.orgId < b.orgId ? -1 : 1)),
  }
}
