import { retentionHistory, type HistoryEntry, type RetentionEvent } from '@twinreel/recording/retention-history'
import type { RetentionVerdict } from '@twinreel/recording/retention'
import type { Catalog } from './open.ts'
import { contradictionOf, verdictOf, withRetentionFacts, type RowWithRetentionFacts } from './retention-facts.ts'
import type { DeletionKind, RecordingStatus } from './tables.ts'

/** Who did it, why, and what else is to be told of it. */
interface Told {
  actor: string | null
  reason: string | null
  subject?: 'recording' | 'user'
  matter?: string | null
  deletionKind?: DeletionKind
  dueAtMs?: number | null
  sequence?: number
}

export type LifeEvent = RetentionEvent & Told

/** A recording's life as retention sees it. */
export interface RetentionLife {
  recordingId: string
  callId: string
  orgId: string
  ownerId: string
  status: RecordingStatus
  sizeBytes: number
  timeline: readonly HistoryEntry<LifeEvent>[]
  /** What the rule says now; `null` once it was claimed. */
  now: RetentionVerdict | null
  /** Where account and tier history of its owner say different things: his tier is unknown. */
  contradiction: ReturnType<typeof contradictionOf>
  certificateSequence: number | null
  /** How often its place was looked at since the purge, and when it is next. */
  looks: { done: number; nextMs: number | null } | null
}

/** All that ever bore on when a recording goes; also of one that nobody kept. `null` for an unknown one. */
export async function retentionLife(catalog: Catalog, recordingId: string): Promise<RetentionLife | null> {
  const row = await withRetentionFacts(catalog.db).where('r.recording_id', '=', recordingId).executeTakeFirst()
  if (row === undefined) return null
  const certificate = await catalog.db.selectFrom('certificates').select(['sequence', 'made_at_ms']).where('recording_id', '=', recordingId).executeTakeFirst()
  const certified: LifeEvent[] =
    certificate === undefined ? [] : [{ kind: 'certified', atMs: certificate.made_at_ms, sequence: certificate.sequence, ...NOBODY }]
  const events = [
    ...ownEvents(row),
    ...(await tierEvents(catalog, row)),
    ...(await holdEvents(catalog, row)),
    ...(await deletionEvents(catalog, row)),
    ...certified,
  ]
  return {
    recordingId,
    callId: row.call_id,
    orgId: row.org_id,
    ownerId: row.owner_id,
    status: row.status,
    sizeBytes: row.size_bytes,
    timeline: retentionHistory(events),
    now: row.claimed_at_ms === null ? verdictOf(row) : null,
    contradiction: contradictionOf(row),
    certificateSequence: certificate?.sequence ?? null,
    looks: row.purged_at_ms === null ? null : { done: row.looks, nextMs: row.next_look_ms },
  }
}

const NOBODY = { actor: null, reason: null } as const

function ownEvents(row: RowWithRetentionFacts): LifeEvent[] {
  const { started_at_ms, ended_log_ms, claimed_at_ms, purged_at_ms, claim_reason, due_at_ms } = row
  // Once it is purged its status no longer says that nobody kept it.
  const notKept = row.status === 'not-kept' || claim_reason === 'not-kept'
  return [
    { kind: 'started', atMs: started_at_ms, ...NOBODY },
    ...(ended_log_ms === null ? [] : [{ kind: 'ended' as const, atMs: ended_log_ms, notKept, actor: null, reason: row.end_reason }]),
    ...(claimed_at_ms === null ? [] : [{ kind: 'claimed' as const, atMs: claimed_at_ms, actor: null, reason: claim_reason, dueAtMs: due_at_ms }]),
    ...(purged_at_ms === null ? [] : [{ kind: 'purged' as const, atMs: purged_at_ms, ...NOBODY }]),
  ]
}

/** The tier its owner had when it started, and each one since. */
async function tierEvents({ db }: Catalog, row: RowWithRetentionFacts): Promise<LifeEvent[]> {
  const rows = await db
    .selectFrom('tier_history as t')
    .innerJoin('users as u', 'u.user_id', 't.user_id')
    .select(['t.from_ms', 't.tier', 't.actor', 't.reason'])
    .where('t.user_id', '=', row.owner_id)
    .where('u.org_id', '=', row.org_id)
    .orderBy('t.sequence')
    .execute()
  const first = rows.findLastIndex(({ from_ms }) => from_ms <= row.started_at_ms)
  return rows.slice(Math.max(0, first)).map(({ from_ms, tier, actor, reason }) => ({ kind: 'tier', atMs: from_ms, tier, actor, reason }))
}

async function holdEvents({ db }: Catalog, row: RowWithRetentionFacts): Promise<LifeEvent[]> {
  const holds = await db
    .selectFrom('legal_holds')
    .selectAll()
    .where('org_id', '=', row.org_id)
    .where((eb) =>
      eb.or([
        eb.and([eb('subject', '=', 'recording'), eb('subject_id', '=', row.recording_id)]),
        eb.and([eb('subject', '=', 'user'), eb('subject_id', '=', row.owner_id)]),
      ]),
    )
    // What was over before the recording began never held it.
    .where((eb) => eb.or([eb('released_at_ms', 'is', null), eb('released_at_ms', '>=', row.started_at_ms)]))
    .execute()
  return holds.flatMap((hold): LifeEvent[] => {
    const { hold_id: holdId, subject, matter, released_at_ms, released_by, release_reason } = hold
    const placed: LifeEvent = { kind: 'hold-placed', atMs: hold.placed_at_ms, holdId, subject, matter, actor: hold.actor, reason: hold.reason }
    if (released_at_ms === null) return [placed]
    return [placed, { kind: 'hold-released', atMs: released_at_ms, holdId, subject, matter, actor: released_by, reason: release_reason }]
  })
}

async function deletionEvents({ db }: Catalog, row: RowWithRetentionFacts): Promise<LifeEvent[]> {
  const deletions = await db
    .selectFrom('deletions')
    .selectAll()
    .where('org_id', '=', row.org_id)
    .where((eb) =>
      eb.or([
        eb.and([eb('subject', '=', 'recording'), eb('subject_id', '=', row.recording_id)]),
        eb.and([eb('subject', '=', 'user'), eb('subject_id', '=', row.owner_id), eb('requested_at_ms', '>=', row.started_at_ms)]),
        eb('deletion_id', '=', row.deletion_id ?? ''),
      ]),
    )
    .execute()
  // What is claimed is reached by no later request.
  const reaching = deletions.filter(({ requested_at_ms }) => requested_at_ms <= (row.claimed_at_ms ?? requested_at_ms))
  return reaching.flatMap((deletion): LifeEvent[] => {
    const { deletion_id: deletionId, subject, kind: deletionKind, due_at_ms: dueAtMs, requested_at_ms, restored_at_ms, actor, reason } = deletion
    const asked: LifeEvent = { kind: 'deletion-requested', atMs: requested_at_ms, deletionId, dueAtMs, subject, deletionKind, actor, reason }
    // An erasure that ends reaches nothing more; what it had reached goes all the same.
    if (restored_at_ms === null || deletionKind === 'erasure') return [asked]
    return [
      asked,
      { kind: 'deletion-restored', atMs: restored_at_ms, deletionId, subject, deletionKind, actor: deletion.restored_by, reason: deletion.restore_reason },
    ]
  })
}
