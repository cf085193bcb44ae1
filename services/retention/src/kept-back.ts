import type { Catalog } from '@twinreel/catalog/open'
import { heldBy } from '@twinreel/catalog/retention-facts'
import { isAttested } from '@twinreel/catalog/tier-attestation'
import { GO_RETENTION_MS } from '@twinreel/recording/retention'

/** What would be gone, or will be, but is still there on purpose. */
export interface KeptBack {
  /** Recordings that would be due if no legal hold kept them; 10,000 at most. */
  heldDue: number
  /** Recordings whose deletion was asked for and not begun. */
  inBin: number
}

const MOST = 10_000

/** Asked of the catalog from the holds' side, and along the indexes of what somebody wants deleted and of what nobody kept. */
export async function keptBackAt(catalog: Catalog, nowMs: number): Promise<KeptBack> {
  const cutoffMs = nowMs - GO_RETENTION_MS
  const held = catalog.db.selectFrom('legal_holds as h').where('h.released_at_ms', 'is', null)
  const byUser = held
    .innerJoin('accounts as a', (join) => join.onRef('a.user_id', '=', 'h.subject_id').onRef('a.org_id', '=', 'h.org_id'))
    .innerJoin('recordings as r', (join) => join.onRef('r.owner_id', '=', 'a.user_id').onRef('r.org_id', '=', 'a.org_id'))
    .select('r.recording_id')
    .where('h.subject', '=', 'user')
    .where('a.tier', '=', 'go')
    .where('a.tier_since_ms', '<=', cutoffMs)
    .where(isAttested)
    .where('r.ended_log_ms', '<=', cutoffMs)
    .where('r.claimed_at_ms', 'is', null)
  const alone = held
    .innerJoin('recordings as r', (join) => join.onRef('r.recording_id', '=', 'h.subject_id').onRef('r.org_id', '=', 'h.org_id'))
    .innerJoin('accounts as a', (join) => join.onRef('a.user_id', '=', 'r.owner_id').onRef('a.org_id', '=', 'r.org_id'))
    .select('r.recording_id')
    .where('h.subject', '=', 'recording')
    .where('a.tier', '=', 'go')
    .where('a.tier_since_ms', '<=', cutoffMs)
    .where(isAttested)
    .where('r.ended_log_ms', '<=', cutoffMs)
    .where('r.claimed_at_ms', 'is', null)
  const unclaimed = catalog.db.selectFrom('recordings as r').select('r.recording_id').where('r.claimed_at_ms', 'is', null)
  const asked = unclaimed
    .where('r.deletion_due_ms', 'is not', null)
    .where('r.deletion_due_ms', '<=', nowMs)
    .where('r.ended_log_ms', '<=', nowMs)
    .where((eb) => eb.exists(heldBy(eb)))
  const notKept = unclaimed
    .where('r.status', '=', 'not-kept')
    .where('r.ended_log_ms', '<=', nowMs)
    .where((eb) => eb.exists(heldBy(eb)))
  const heldDue = await catalog.db
    .selectFrom(byUser.union(alone).union(asked).union(notKept).limit(MOST).as('x'))
    .select((eb) => eb.fn.countAll().as('count'))
    .executeTakeFirst()
  const inBin = await catalog.db
    .selectFrom('recordings')
    .select((eb) => eb.fn.countAll().as('count'))
    .where('deletion_due_ms', 'is not', null)
    .where('claimed_at_ms', 'is', null)
    .executeTakeFirst()
  return { heldDue: Number(heldDue?.count ?? 0), inBin: Number(inBin?.count ?? 0) }
}
