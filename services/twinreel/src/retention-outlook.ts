import type { Catalog } from '@twinreel/catalog/open'
import { verdictOf, withRetentionFacts } from '@twinreel/catalog/retention-facts'
import { allPages } from './pages.ts'

export interface Outlook {
  recordingId: string
  callId: string
  ownerId: string
  orgId: string
  tier: string | null
  status: string
  sizeBytes: number
  endedAtMs: number | null
  /** `deleting`: claimed, its objects go now. */
  verdict: 'due' | 'due-later' | 'stays' | 'deleting'
  dueAtMs: number | null
  why: string
}

/** What retention will do with each recording that is not deleted yet, and why, as things are at `nowMs`; by id. */
export function retentionOutlook(catalog: Catalog, options: { nowMs: number; orgId?: string; ownerId?: string }): AsyncGenerator<Outlook> {
  const { nowMs, orgId, ownerId } = options
  return allPages(
    async ({ after, limit }: { after?: string; limit: number }): Promise<Outlook[]> => {
      let query = withRetentionFacts(catalog.db)
        .where('r.purged_at_ms', 'is', null)
        .where('r.recording_id', '>', after ?? '')
      if (orgId !== undefined) query = query.where('r.org_id', '=', orgId)
      if (ownerId !== undefined) query = query.where('r.owner_id', '=', ownerId)
      const rows = await query.orderBy('r.recording_id').limit(limit).execute()
      return rows.map((row) => ({
        recordingId: row.recording_id,
        callId: row.call_id,
        ownerId: row.owner_id,
        orgId: row.org_id,
        tier: row.tier,
        status: row.status,
        sizeBytes: row.size_bytes,
        endedAtMs: row.ended_log_ms,
        ...judge(row, nowMs),
      }))
    },
    ({ recordingId }) => recordingId,
  )
}

function judge(row: Parameters<typeof verdictOf>[0], nowMs: number): Pick<Outlook, 'verdict' | 'dueAtMs' | 'why'> {
  if (row.claimed_at_ms !== null) return { verdict: 'deleting', dueAtMs: row.claimed_at_ms, why: row.claim_reason ?? 'unknown' }
  const verdict = verdictOf(row)
  switch (verdict.kind) {
    case 'keep':
      return { verdict: 'stays', dueAtMs: null, why: verdict.why }
    case 'due':
      return { verdict: verdict.dueAtMs <= nowMs ? 'due' : 'due-later', dueAtMs: verdict.dueAtMs, why: verdict.why }
  }
}
