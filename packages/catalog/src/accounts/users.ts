import { z } from 'zod'
import type { Transaction } from 'kysely'
import { userId as userIdSchema } from '@twinreel/contracts/identifiers'
import type { Catalog } from '../open.ts'
import type { Licence, Tables } from '../tables.ts'
import { AccountError, checked } from './account-error.ts'
import { checkedBecause, lockUser, nextInHistory, type Because } from './change.ts'
import { clearRecording } from './recording-switch.ts'
import { showUser, type User } from './show.ts'
import { unlessRebuilding } from '../journal/rebuilding.ts'

const licenceSchema = z.enum(['professional', 'basic']).nullable()

export interface UserChange extends Because {
  userId: string
  orgId: string
  licence: Licence | null
  displayName?: string
}

/** Adds a user to an organization, or finds the same one again and gives it this licence and name. */
export async function addUser(catalog: Catalog, input: UserChange): Promise<User> {
  const userId = checked(userIdSchema, input.userId, 'invalid-input', 'userId')
  return write(catalog, input, async (tx) => {
    const nowMs = await catalog.nowMs(tx)
    const org = await tx.selectFrom('orgs').select('org_id').where('org_id', '=', input.orgId).executeTakeFirst()
    if (org === undefined) throw new AccountError('unknown-org', `organization ${input.orgId} is unknown; its partner enables it first`, 'orgId')
    await tx
      .insertInto('users')
      .values({ user_id: userId, org_id: input.orgId, licence: input.licence, display_name: input.displayName ?? null, created_at_ms: nowMs })
      .onConflict((oc) => oc.column('user_id').doNothing())
      .execute()
  })
}

/** Gives or takes the calling licence. Without one nobody is recorded, so taking it switches recording off. */
export async function changeLicence(catalog: Catalog, input: UserChange): Promise<User> {
  return write(catalog, input, async () => {})
}

async function write(catalog: Catalog, input: UserChange, prepare: (tx: Transaction<Tables>) => Promise<void>): Promise<User> {
  const because = checkedBecause(input)
  const licence = checked(licenceSchema, input.licence, 'invalid-input', 'licence')
  const displayName = checked(z.string().min(1).max(256).optional(), input.displayName, 'invalid-input', 'displayName')
  await unlessRebuilding(catalog, async (tx) => {
    await prepare(tx)
    const user = await lockUser(catalog, tx, input.userId)
    const nowMs = await catalog.nowMs(tx)
    if (user.org_id !== input.orgId) throw new AccountError('other-org', `user ${input.userId} belongs to another organization than ${input.orgId}`, 'orgId')
    await tx
      .updateTable('users')
      .set({ licence, ...(displayName === undefined ? {} : { display_name: displayName }) })
      .where('user_id', '=', user.user_id)
      .execute()
    await recordLicence(tx, user.user_id, licence, nowMs, because)
    if (licence === null) await clearRecording(tx, user.user_id, nowMs, { actor: because.actor, reason: `licence taken: ${because.reason}` })
  })
  const user = await showUser(catalog, input.userId)
  if (user === null) throw new AccountError('unknown-user', `user ${input.userId} is unknown`, 'userId')
  return user
}

async function recordLicence(tx: Transaction<Tables>, userId: string, licence: Licence | null, nowMs: number, because: Because): Promise<void> {
  const last = await tx
    .selectFrom('user_history')
    .select(['sequence', 'from_ms', 'licence'])
    .where('user_id', '=', userId)
    .orderBy('sequence', 'desc')
    .limit(1)
    .executeTakeFirst()
  if (last !== undefined && last.licence === licence) return
  await tx
    .insertInto('user_history')
    .values({ user_id: userId, ...nextInHistory(last, nowMs), licence, ...because })
    .execute()
}
