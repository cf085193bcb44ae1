import type { Catalog } from '@twinreel/catalog/open'
import { contradictionOf, mayGoBy, tierName, verdictOf, withRetentionFacts, type RowWithRetentionFacts } from '@twinreel/catalog/retention-facts'
import { allPages } from './pages.ts'
import { contradictionWords } from './tier-words.ts'

export interface Outlook {
  recordingId: string
  callId: string
  ownerId: string
  orgId: string
  /** `null`: unknown. */
  tier: string | null
  status: string
  sizeBytes: number
  endedAtMs: number | null
  /** `deleting`: claimed, its objects go now. */
  verdict: 'due' | 'due-later' | 'stays' | 'deleting'
  dueAtMs: number | null
  why: string
  /** What is inconsistent, where that is why it stays. */
  detail: string | null
}

interface Asked {
  /** As it will be then, if nothing changes. */
  atMs: number
  orgId?: string
  ownerId?: string
  /** What is due later, and what stays, too. */
  all?: boolean
}

/** What retention will have deleted by `atMs`, and why, as things are; by id. */
export async function* retentionOutlook(catalog: Catalog, asked: Asked): AsyncGenerator<Outlook> {
  const { atMs, orgId, ownerId, all = false } = asked
  const rows = allPages(
    async ({ after, limit }: { after?: string; limit: number }): Promise<Outlook[]> => {
      let query = withRetentionFacts(catalog.db)
        .where('r.purged_at_ms', 'is', null)
        .where('r.recording_id', '>', after ?? '')
      if (orgId !== undefined) query = query.where('r.org_id', '=', orgId)
      if (ownerId !== undefined) query = query.where('r.owner_id', '=', ownerId)
      if (!all) query = query.where(mayGoBy(atMs))
      const found = await query.orderBy('r.recording_id').limit(limit).execute()
      return found.map((row) => ({
        recordingId: row.recording_id,
        callId: row.call_id,
        ownerId: row.owner_id,
        orgId: row.org_id,
        tier: tierName(row),
        status: row.status,
        sizeBytes: row.size_bytes,
        endedAtMs: row.ended_log_ms,
        ...judge(row, atMs),
      }))
    },
    ({ recordingId }) => recordingId,
  )
  for await (const row of rows) if (all || goes(row)) yield row
}

export function goes({ verdict }: Outlook): boolean {
  return verdict === 'due' || verdict === 'deleting'
}

function judge(row: RowWithRetentionFacts, atMs: number): Pick<Outlook, 'verdict' | 'dueAtMs' | 'why' | 'detail'> {
  if (row.claimed_at_ms !== null) return { verdict: 'deleting', dueAtMs: row.due_at_ms ?? row.claimed_at_ms, why: row.claim_reason ?? 'unknown', detail: null }
  const verdict = verdictOf(row)
  switch (verdict.kind) {
    case 'keep': {
      const contradiction = verdict.why === 'unknown-tier' ? contradictionOf(row) : null
      return { verdict: 'stays', dueAtMs: null, why: verdict.why, detail: contradiction === null ? null : contradictionWords(contradiction) }
    }
    case 'due':
      return { verdict: verdict.dueAtMs <= atMs ? 'due' : 'due-later', dueAtMs: verdict.dueAtMs, why: verdict.why, detail: null }
  }
}
