import { z } from 'zod'
import { keyPart } from '@twinreel/contracts/identifiers'
import { AccountError, checked } from './accounts/account-error.ts'
import { checkedBecause, type Because } from './accounts/change.ts'
import { inTurn } from './dialect.ts'
import type { Catalog } from './open.ts'
import { ownersOf } from './retention-facts.ts'
import { unlessRebuilding } from './journal/rebuilding.ts'

export interface LegalHold extends Because {
  holdId: string
  orgId: string
  subject: 'recording' | 'user'
  subjectId: string
  placedAtMs: number
  releasedAtMs: number | null
}

export interface PlacedHold {
  holdId: string
  /** Recordings of the subject whose deletion had begun before the hold: they can't be kept any more. */
  alreadyClaimed: readonly string[]
}

/**
 * Keeps one recording, or everything of one user, until the hold is released, whatever the tier; a user need not be known any more.
 * Throws `AccountError` when a recording does not exist in the organization.
 */
export async function placeHold(catalog: Catalog, input: Because & { orgId: string; subject: 'recording' | 'user'; subjectId: string }): Promise<PlacedHold> {
  const because = checkedBecause(input)
  const subject = checked(z.enum(['recording', 'user']), input.subject, 'invalid-input', 'subject')
  const subjectId = checked(keyPart, input.subjectId, 'invalid-input', 'subjectId')
  return unlessRebuilding(catalog, async (tx) => {
    // A claim for deletion reads the holds in the same turn, so one of the two sees the other.
    await inTurn(catalog.dialect, tx, 'owner', subject === 'user' ? [subjectId] : await ownersOf(tx, [subjectId]))
    const recordings = await tx
      .selectFrom('recordings')
      .select(['recording_id', 'claimed_at_ms'])
      .where('org_id', '=', input.orgId)
      .where(subject === 'recording' ? 'recording_id' : 'owner_id', '=', subjectId)
      .where('purged_at_ms', 'is', null)
      .orderBy('recording_id')
      .execute()
    if (subject === 'recording' && recordings.length === 0) {
      throw new AccountError('invalid-input', `no recording ${subjectId} in organization ${input.orgId}`, 'subjectId')
    }
    const holdId = catalog.newId()
    await tx
      .insertInto('legal_holds')
      .values({
        hold_id: holdId,
        org_id: input.orgId,
        subject,
        subject_id: subjectId,
        matter: null,
        ...because,
        placed_at_ms: await catalog.nowMs(tx),
        released_at_ms: null,
        released_by: null,
        release_reason: null,
      })
      .execute()
    return { holdId, alreadyClaimed: recordings.filter((row) => row.claimed_at_ms !== null).map((row) => row.recording_id) }
  })
}

/** Releases a hold; what is due by then goes with the next run of retention. Released before: nothing changes. */
export async function releaseHold(catalog: Catalog, input: Because & { holdId: string }): Promise<void> {
  const { actor, reason } = checkedBecause(input)
  await unlessRebuilding(catalog, async (tx) => {
    const hold = await tx.selectFrom('legal_holds').select('released_at_ms').where('hold_id', '=', input.holdId).executeTakeFirst()
    if (hold === undefined) throw new AccountError('invalid-input', `no legal hold ${input.holdId}`, 'holdId')
    await tx
      .updateTable('legal_holds')
      .set({ released_at_ms: await catalog.nowMs(tx), released_by: actor, release_reason: reason })
      .where('hold_id', '=', input.holdId)
      .where('released_at_ms', 'is', null)
      .execute()
  })
}

/** Holds of an organization, released ones too, in the order they were placed. */
export async function listHolds(catalog: Catalog, orgId: string): Promise<LegalHold[]> {
  const rows = await catalog.db.selectFrom('legal_holds').selectAll().where('org_id', '=', orgId).orderBy('placed_at_ms').orderBy('hold_id').execute()
  return rows.map((row) => ({
    holdId: row.hold_id,
    orgId: row.org_id,
    subject: row.subject,
    subjectId: row.subject_id,
    actor: row.actor,
    reason: row.reason,
    placedAtMs: row.placed_at_ms,
    releasedAtMs: row.released_at_ms,
  }))
}
