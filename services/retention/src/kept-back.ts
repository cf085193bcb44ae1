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
  const held = (subject: 'user' | 'recording') =>
    catalog.db.selectFrom((eb) =>
      eb.selectFrom('legal_holds').select(['subject_id', 'org_id']).where('subject', '=', subject).where('released_at_ms', 'is', null).distinct().as('h'),
    )
  const byUser = held('user')
    .innerJoin('accounts as a', (join) => join.onRef('a.user_id', '=', 'h.subject_id').onRef('a.org_id', '=', 'h.org_id'))
    .innerJoin('recordings as r', (join) => join.onRef('r.owner_id', '=', 'a.user_id').onRef('r.org_id', '=', 'a.org_id'))
    .select('r.recording_id')
    .where('a.tier', '=', 'go')
    .where('a.tier_since_ms', '<=', cutoffMs)
    .where(isAttested)
    .where('r.ended_log_ms', '<=', cutoffMs)
    .where('r.claimed_at_ms', 'is', null)
  const alone = held('recording')
    .innerJoin('recordings as r', (join) => join.onRef('r.recording_id', '=', 'h.subject_id').onRef('r.org_id', '=', 'h.org_id'))
    .innerJoin('accounts as a', (join) => join.onRef('a.user_id', '=', 'r.owner_id').onRef('a.org_id', '=', 'r.org_id'))
    .select('r.recording_id')
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
  // Each for itself: a limit behind a union lets everything be read before.
  const some = (which: typeof asked) => catalog.db.selectFrom(which.limit(MOST).as('some')).select('some.recording_id')
  const heldDue = await catalog.db
    .selectFrom(some(byUser).union(some(alone)).union(some(asked)).union(some(notKept)).limit(MOST).as('x'))
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
