import type { Catalog } from './open.ts'

const PAGE = 500

/** From `fromMs` on, and before `toMs`. */
export interface Period {
  fromMs: number
  toMs: number
}

/** One fact of an evidence bundle. Times are ISO 8601 UTC. */
export type EvidenceLine = { readonly kind: EvidenceKind } & Readonly<Record<string, string | number | null>>
export type EvidenceKind = (typeof EVIDENCE_KINDS)[number]
export const EVIDENCE_KINDS = ['certificate', 'hold', 'deletion', 'tier', 'tier-change', 'halt'] as const

/** What decided over deletions in the period, across all organizations: kind by kind, some hundred rows in memory. */
export async function* decisionsOf(catalog: Catalog, period: Period): AsyncGenerator<EvidenceLine> {
  yield* holds(catalog, period)
  yield* deletions(catalog, period)
  yield* tiers(catalog, period)
  yield* tierChanges(catalog, period)
  yield* halts(catalog, period)
}

/** In force at some moment of the period, and those placed or released in it. */
async function* holds({ db }: Catalog, { fromMs, toMs }: Period): AsyncGenerator<EvidenceLine> {
  const rows = eachRow((after: { hold_id: string } | undefined) =>
    db
      .selectFrom('legal_holds')
      .selectAll()
      .where('placed_at_ms', '<', toMs)
      .where((eb) => eb.or([eb('released_at_ms', 'is', null), eb('released_at_ms', '>=', fromMs)]))
      .where('hold_id', '>', after?.hold_id ?? '')
      .orderBy('hold_id')
      .limit(PAGE)
      .execute(),
  )
  for await (const row of rows)
    yield {
      kind: 'hold',
      holdId: row.hold_id,
      orgId: row.org_id,
      subject: row.subject,
      subjectId: row.subject_id,
      matter: row.matter,
      placed: iso(row.placed_at_ms),
      actor: row.actor,
      reason: row.reason,
      released: iso(row.released_at_ms),
      releasedBy: row.released_by,
      releaseReason: row.release_reason,
    }
}

/** Asked for, due or taken back in the period. */
async function* deletions({ db }: Catalog, { fromMs, toMs }: Period): AsyncGenerator<EvidenceLine> {
  const rows = eachRow((after: { deletion_id: string } | undefined) =>
    db
      .selectFrom('deletions')
      .selectAll()
      .where((eb) =>
        eb.or((['requested_at_ms', 'due_at_ms', 'restored_at_ms'] as const).map((column) => eb.and([eb(column, '>=', fromMs), eb(column, '<', toMs)]))),
      )
      .where('deletion_id', '>', after?.deletion_id ?? '')
      .orderBy('deletion_id')
      .limit(PAGE)
      .execute(),
  )
  for await (const row of rows)
    yield {
      kind: 'deletion',
      deletionId: row.deletion_id,
      orgId: row.org_id,
      subject: row.subject,
      subjectId: row.subject_id,
      request: row.kind,
      requested: iso(row.requested_at_ms),
      due: iso(row.due_at_ms),
      actor: row.actor,
      reason: row.reason,
      restored: iso(row.restored_at_ms),
      restoredBy: row.restored_by,
      restoreReason: row.restore_reason,
    }
}

/** Tiers of users that began in the period. */
async function* tiers({ db }: Catalog, { fromMs, toMs }: Period): AsyncGenerator<EvidenceLine> {
  const rows = eachRow((after: { user_id: string; sequence: number } | undefined) => {
    let query = db
      .selectFrom('tier_history as h')
      .innerJoin('users as u', 'u.user_id', 'h.user_id')
      .selectAll('h')
      .select('u.org_id')
      .where('h.from_ms', '>=', fromMs)
      .where('h.from_ms', '<', toMs)
    if (after !== undefined) {
      const { user_id: userId, sequence } = after
      query = query.where((eb) => eb.or([eb('h.user_id', '>', userId), eb.and([eb('h.user_id', '=', userId), eb('h.sequence', '>', sequence)])]))
    }
    return query.orderBy('h.user_id').orderBy('h.sequence').limit(PAGE).execute()
  })
  for await (const row of rows)
    yield {
      kind: 'tier',
      orgId: row.org_id,
      userId: row.user_id,
      sequence: row.sequence,
      tier: row.tier,
      from: iso(row.from_ms),
      changeId: row.change_id,
      actor: row.actor,
      reason: row.reason,
    }
}

/** Changes of many users at once that were made in the period. */
async function* tierChanges({ db }: Catalog, { fromMs, toMs }: Period): AsyncGenerator<EvidenceLine> {
  const rows = eachRow((after: { change_id: string } | undefined) =>
    db
      .selectFrom('tier_changes')
      .selectAll()
      .where('made_at_ms', '>=', fromMs)
      .where('made_at_ms', '<', toMs)
      .where('change_id', '>', after?.change_id ?? '')
      .orderBy('change_id')
      .limit(PAGE)
      .execute(),
  )
  for await (const row of rows)
    yield {
      kind: 'tier-change',
      changeId: row.change_id,
      orgId: row.org_id,
      tier: row.tier,
      users: row.user_count,
      recordings: row.recording_count,
      made: iso(row.made_at_ms),
      actor: row.actor,
      reason: row.reason,
    }
}

/** In force at some moment of the period. */
async function* halts({ db }: Catalog, { fromMs, toMs }: Period): AsyncGenerator<EvidenceLine> {
  const rows = eachRow((after: { halt_id: string } | undefined) =>
    db
      .selectFrom('retention_halts')
      .selectAll()
      .where('halted_at_ms', '<', toMs)
      .where((eb) => eb.or([eb('lifted_at_ms', 'is', null), eb('lifted_at_ms', '>=', fromMs)]))
      .where('halt_id', '>', after?.halt_id ?? '')
      .orderBy('halt_id')
      .limit(PAGE)
      .execute(),
  )
  for await (const row of rows)
    yield {
      kind: 'halt',
      haltId: row.halt_id,
      orgId: row.org_id,
      halted: iso(row.halted_at_ms),
      due: row.due_count,
      of: row.total_count,
      confirmed: iso(row.confirmed_at_ms),
      confirmedCount: row.confirmed_count,
      confirmedBy: row.confirmed_by,
      confirmReason: row.confirm_reason,
      lifted: iso(row.lifted_at_ms),
    }
}

/** Rows page by page: each page begins after the last row of the one before. */
async function* eachRow<R>(page: (after: R | undefined) => Promise<R[]>): AsyncGenerator<R> {
  let last: R | undefined
  do {
    const rows = await page(last)
    yield* rows
    last = rows.at(-1)
  } while (last !== undefined)
}

function iso(timeMs: number): string
function iso(timeMs: number | null): string | null
function iso(timeMs: number | null): string | null {
  return timeMs === null ? null : new Date(timeMs).toISOString()
}
