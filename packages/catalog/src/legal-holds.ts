import type { Transaction } from 'kysely'
import { z } from 'zod'
import { keyPart } from '@twinreel/contracts/identifiers'
import { AccountError, checked } from './accounts/account-error.ts'
import { checkedBecause, lineSchema, type Because } from './accounts/change.ts'
import { inTurn } from './dialect.ts'
import type { Catalog } from './open.ts'
import { placesOf } from './retention-facts.ts'
import { unlessRebuilding } from './journal/rebuilding.ts'
import type { LegalHoldRow, Tables } from './tables.ts'

export interface LegalHold extends Because {
  holdId: string
  orgId: string
  subject: 'recording' | 'user'
  subjectId: string
  /** The case it belongs to; those of one case are released together. */
  matter: string | null
  placedAtMs: number
  releasedAtMs: number | null
  releasedBy: string | null
  releaseReason: string | null
}

export interface HoldSubject {
  subject: 'recording' | 'user'
  subjectId: string
}

export interface PlacedHold {
  holdId: string
  /** Recordings of the subject that it keeps, as things are now; a user's later ones are kept too. */
  keeps: number
  /** Recordings of the subject whose deletion had begun before the hold: they can't be kept any more. */
  alreadyClaimed: readonly string[]
}

/** Too late: there is nothing left to keep. Nothing was changed. */
class PurgedError extends Error {
  constructor(recordingId: string, purgedAtMs: number) {
    super(`recording ${recordingId} is purged since ${new Date(purgedAtMs).toISOString()}: nothing of it is left to hold; no hold was placed`)
    this.name = 'PurgedError'
  }
}

const subjectSchema = z.object({ subject: z.enum(['recording', 'user']), subjectId: keyPart })
const matterSchema = lineSchema('matter').nullable()

/** Subjects of one request at most. */
const MOST_SUBJECTS = 1_000

/**
 * Keeps one recording, or everything of one user, until the hold is released, whatever the tier. Throws `AccountError` when a recording
 * does not exist in the organization, or a user is unknown in it and has no recording there either: such a hold would keep nothing; and `PurgedError` when the recording is gone.
 */
export async function placeHold(catalog: Catalog, input: Because & HoldSubject & { orgId: string; matter?: string | null }): Promise<PlacedHold> {
  const [placed] = await placeHolds(catalog, { ...input, subjects: [input] })
  if (placed === undefined) throw new Error('a hold on one subject was not placed')
  return placed
}

/** The same for several subjects of one organization, all or none; answered in their order. */
export async function placeHolds(
  catalog: Catalog,
  input: Because & { orgId: string; matter?: string | null; subjects: readonly HoldSubject[] },
): Promise<(PlacedHold & HoldSubject)[]> {
  const because = checkedBecause(input)
  const subjects = checked(z.array(subjectSchema).max(MOST_SUBJECTS), input.subjects, 'invalid-input', 'subjects')
  const matter = checked(matterSchema, input.matter ?? null, 'invalid-input', 'matter')
  return unlessRebuilding(catalog, async (tx) => {
    const ids = (of: HoldSubject['subject']): string[] => subjects.flatMap(({ subject, subjectId }) => (subject === of ? [subjectId] : []))
    // A claim for deletion reads the holds in the same turn, so one of the two sees the other.
    await inTurn(catalog.dialect, tx, 'owner', [...ids('user'), ...(await placesOf(tx, ids('recording'))).owners])
    const placed: (PlacedHold & HoldSubject)[] = []
    for (const { subject, subjectId } of subjects) {
      const reached = await reachedBy(tx, { orgId: input.orgId, subject, subjectId })
      const holdId = catalog.newId()
      await tx
        .insertInto('legal_holds')
        .values({
          hold_id: holdId,
          org_id: input.orgId,
          subject,
          subject_id: subjectId,
          matter,
          ...because,
          placed_at_ms: await catalog.nowMs(tx),
          released_at_ms: null,
          released_by: null,
          release_reason: null,
        })
        .execute()
      placed.push({ holdId, subject, subjectId, ...reached })
    }
    return placed
  })
}

async function reachedBy(
  tx: Transaction<Tables>,
  { orgId, subject, subjectId }: HoldSubject & { orgId: string },
): Promise<Pick<PlacedHold, 'keeps' | 'alreadyClaimed'>> {
  const recordings = tx
    .selectFrom('recordings')
    .where('org_id', '=', orgId)
    .where(subject === 'recording' ? 'recording_id' : 'owner_id', '=', subjectId)
    .where('purged_at_ms', 'is', null)
  const kept = await recordings
    .select(({ fn }) => fn.countAll().as('count'))
    .where('claimed_at_ms', 'is', null)
    .executeTakeFirst()
  const claimed = await recordings.select('recording_id').where('claimed_at_ms', 'is not', null).orderBy('recording_id').execute()
  const keeps = Number(kept?.count ?? 0)
  if (subject === 'recording' && keeps + claimed.length === 0) {
    const purged = await tx.selectFrom('recordings').select('purged_at_ms').where('org_id', '=', orgId).where('recording_id', '=', subjectId).executeTakeFirst()
    if (typeof purged?.purged_at_ms === 'number') throw new PurgedError(subjectId, purged.purged_at_ms)
    throw new AccountError('invalid-input', `no recording ${subjectId} in organization ${orgId}`, 'subjectId')
  }
  if (subject === 'user' && keeps + claimed.length === 0) {
    const user = await tx.selectFrom('users').select('user_id').where('user_id', '=', subjectId).where('org_id', '=', orgId).executeTakeFirst()
    if (user === undefined)
      throw new AccountError('unknown-user', `user ${subjectId} is unknown in organization ${orgId} and has no recording there`, 'subjectId')
  }
  return { keeps, alreadyClaimed: claimed.map((row) => row.recording_id) }
}

/** Releases a hold; what is due by then goes with the next run of retention. Released before: nothing changes. */
export async function releaseHold(catalog: Catalog, input: Because & { holdId: string }): Promise<void> {
  const because = checkedBecause(input)
  await unlessRebuilding(catalog, async (tx) => {
    const hold = await tx.selectFrom('legal_holds').select('released_at_ms').where('hold_id', '=', input.holdId).executeTakeFirst()
    if (hold === undefined) throw new AccountError('invalid-input', `no legal hold ${input.holdId}`, 'holdId')
    await release(catalog, tx, because, { holdId: input.holdId })
  })
}

/** Releases every hold of a matter that is in force, and returns their ids. Throws `AccountError` when the organization never had such a matter. */
export async function releaseMatter(catalog: Catalog, input: Because & { orgId: string; matter: string }): Promise<string[]> {
  const because = checkedBecause(input)
  const { orgId, matter } = input
  return unlessRebuilding(catalog, async (tx) => {
    const hold = await tx.selectFrom('legal_holds').select('hold_id').where('org_id', '=', orgId).where('matter', '=', matter).executeTakeFirst()
    if (hold === undefined) throw new AccountError('invalid-input', `no legal hold of matter ${matter} in organization ${orgId}`, 'matter')
    return release(catalog, tx, because, { orgId, matter })
  })
}

async function release(
  catalog: Catalog,
  tx: Transaction<Tables>,
  { actor, reason }: Because,
  which: { holdId: string } | { orgId: string; matter: string },
): Promise<string[]> {
  let query = tx
    .updateTable('legal_holds')
    .set({ released_at_ms: await catalog.nowMs(tx), released_by: actor, release_reason: reason })
    .where('released_at_ms', 'is', null)
  query = 'holdId' in which ? query.where('hold_id', '=', which.holdId) : query.where('org_id', '=', which.orgId).where('matter', '=', which.matter)
  const rows = await query.returning('hold_id').execute()
  return rows.map((row) => row.hold_id).toSorted()
}

export interface HoldFilter {
  orgId?: string
  matter?: string
  /** Released ones too. */
  all?: boolean
  /** The last one of the page before. */
  after?: Pick<LegalHold, 'placedAtMs' | 'holdId'>
  /** 1,000 by default. */
  limit?: number
}

/** Holds in the order they were placed. */
export async function findHolds(catalog: Catalog, filter: HoldFilter): Promise<LegalHold[]> {
  const { orgId, matter, all = false, after, limit = 1_000 } = filter
  let query = catalog.db.selectFrom('legal_holds').selectAll()
  if (orgId !== undefined) query = query.where('org_id', '=', orgId)
  if (matter !== undefined) query = query.where('matter', '=', matter)
  if (!all) query = query.where('released_at_ms', 'is', null)
  if (after !== undefined) {
    const { placedAtMs, holdId } = after
    query = query.where((eb) => eb.or([eb('placed_at_ms', '>', placedAtMs), eb.and([eb('placed_at_ms', '=', placedAtMs), eb('hold_id', '>', holdId)])]))
  }
  const rows = await query.orderBy('placed_at_ms').orderBy('hold_id').limit(limit).execute()
  return rows.map(viewOf)
}

/** Holds of an organization, released ones too, in the order they were placed. */
export async function listHolds(catalog: Catalog, orgId: string): Promise<LegalHold[]> {
  const rows = await catalog.db.selectFrom('legal_holds').selectAll().where('org_id', '=', orgId).orderBy('placed_at_ms').orderBy('hold_id').execute()
  return rows.map(viewOf)
}

function viewOf(row: LegalHoldRow): LegalHold {
  return {
    holdId: row.hold_id,
    orgId: row.org_id,
    subject: row.subject,
    subjectId: row.subject_id,
    matter: row.matter,
    actor: row.actor,
    reason: row.reason,
    placedAtMs: row.placed_at_ms,
    releasedAtMs: row.released_at_ms,
    releasedBy: row.released_by,
    releaseReason: row.release_reason,
  }
}
