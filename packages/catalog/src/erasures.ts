import type { Kysely } from 'kysely'
import { AccountError, ConfirmationError } from './accounts/account-error.ts'
import { checkedBecause, lockUser, type Because } from './accounts/change.ts'
import { refuseClockBehind } from './accounts/clock-behind.ts'
import { clearRecording } from './accounts/recording-switch.ts'
import { IN_FORCE } from './deletions.ts'
import { inTurn } from './dialect.ts'
import { unlessRebuilding } from './journal/rebuilding.ts'
import type { Catalog } from './open.ts'
import { heldBy } from './retention-facts.ts'
import type { Tables } from './tables.ts'

/** What an erasure of a user's data reaches. */
export interface ErasurePlan {
  userId: string
  orgId: string
  /** All that will go: the three below together. */
  recordings: number
  /** Go with the next run of retention. */
  dueNow: number
  /** Go when they end. */
  live: number
  /** Go when their legal hold is released. */
  held: number
  /** Their deletion had begun before, for whatever reason. */
  alreadyDeleting: number
  recordingOn: boolean
  hasName: boolean
}

/** As things are now; changes nothing. Throws `AccountError` for an unknown user. */
export async function planErasure(catalog: Catalog, userId: string): Promise<ErasurePlan> {
  return plan(catalog.db, userId)
}

/**
 * Erases a user's data: every recording goes at once, or when it ends, or when its legal hold is released; recording is switched off, the
 * display name is cleared. Later recordings of calls that were answered before go too (`markLateDeletions`), until recording is switched on
 * again. `confirm` is how many recordings will go: throws `ConfirmationError` when it is another number at that moment, and an
 * `AccountError`, `clock-behind`, when the catalog's clock can't date the request.
 */
export async function eraseUser(catalog: Catalog, input: Because & { userId: string; confirm: number }): Promise<ErasurePlan & { deletionId: string }> {
  const because = checkedBecause(input)
  const { userId, confirm } = input
  return unlessRebuilding(catalog, async (tx) => {
    const user = await lockUser(catalog, tx, userId)
    // A claim for deletion, a hold or a restore of a recording takes the same turn.
    await inTurn(catalog.dialect, tx, 'owner', [userId])
    const nowMs = await catalog.nowMs(tx)
    await refuseClockBehind(tx, nowMs)
    const planned = await plan(tx, userId)
    if (planned.recordings !== confirm) throw new ConfirmationError(`recordings of user ${userId} that go`, confirm, planned.recordings)
    const deletionId = catalog.newId()
    await tx
      .insertInto('deletions')
      .values({
        deletion_id: deletionId,
        org_id: user.org_id,
        subject: 'user',
        subject_id: userId,
        kind: 'erasure',
        requested_at_ms: nowMs,
        due_at_ms: nowMs,
        ...because,
        ...IN_FORCE,
      })
      .execute()
    await tx
      .updateTable('recordings')
      .set({ deletion_id: deletionId, deletion_due_ms: nowMs })
      .where('owner_id', '=', userId)
      .where('org_id', '=', user.org_id)
      .where('claimed_at_ms', 'is', null)
      .execute()
    await clearRecording(tx, userId, nowMs, { actor: because.actor, reason: `data erased: ${because.reason}`.slice(0, 1_000) })
    if (user.display_name !== null) await tx.updateTable('users').set({ display_name: null }).where('user_id', '=', userId).execute()
    return { ...planned, deletionId }
  })
}

async function plan(db: Kysely<Tables>, userId: string): Promise<ErasurePlan> {
  const user = await db
    .selectFrom('users as u')
    .leftJoin('accounts as a', 'a.user_id', 'u.user_id')
    .select(['u.org_id', 'u.display_name', 'a.recording_on'])
    .where('u.user_id', '=', userId)
    .executeTakeFirst()
  if (user === undefined) throw new AccountError('unknown-user', `user ${userId} is unknown`, 'userId')
  const alike = db
    .selectFrom('recordings as r')
    .select((eb) => [eb('r.ended_log_ms', 'is', null).as('live'), eb.exists(heldBy(eb)).as('held')])
    .where('r.owner_id', '=', userId)
    .where('r.org_id', '=', user.org_id)
    .where('r.claimed_at_ms', 'is', null)
  const groups = await db
    .selectFrom(alike.as('alike'))
    .select(['live', 'held'])
    .select(({ fn }) => fn.countAll().as('count'))
    .groupBy(['live', 'held'])
    .execute()
  const counts = { dueNow: 0, live: 0, held: 0 }
  for (const { live, held, count } of groups) counts[held ? 'held' : live ? 'live' : 'dueNow'] += Number(count)
  const deleting = await db
    .selectFrom('recordings')
    .select(({ fn }) => fn.countAll().as('count'))
    .where('owner_id', '=', userId)
    .where('org_id', '=', user.org_id)
    .where('claimed_at_ms', 'is not', null)
    .where('purged_at_ms', 'is', null)
    .executeTakeFirst()
  const { dueNow, live, held } = counts
  return {
    userId,
    orgId: user.org_id,
    recordings: dueNow + live + held,
    ...counts,
    alreadyDeleting: Number(deleting?.count ?? 0),
    recordingOn: user.recording_on === 1,
    hasName: user.display_name !== null,
  }
}
