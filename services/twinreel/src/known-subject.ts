import type { Catalog } from '@twinreel/catalog/open'
import { checkFailed, usageError } from './command-error.ts'
import { nameOf, type Place } from './place.ts'
import { unknownUser } from './unknown-user.ts'

interface Subject {
  org?: string | undefined
  owner?: string | undefined
  call?: string | undefined
}

/** Refuses an organization or a user that nobody, no recording and no call knows, and a call of which no recorder wrote anything: an empty answer would look like an all-clear. */
export async function checkKnown({ db }: Catalog, place: Place, { org, owner, call }: Subject): Promise<void> {
  if (org !== undefined) {
    const isKnown =
      (await db.selectFrom('orgs').select('org_id').where('org_id', '=', org).executeTakeFirst()) ??
      (await db.selectFrom('recordings').select('org_id').where('org_id', '=', org).limit(1).executeTakeFirst())
    if (isKnown === undefined) throw usageError(`organization ${org} is unknown in ${nameOf(place)}`, '`twinreel orgs list` names those there are')
  }
  if (call !== undefined) {
    const isKnown =
      (await db.selectFrom('calls').select('call_id').where('call_id', '=', call).executeTakeFirst()) ??
      (await db.selectFrom('ledger').select('call_id').where('call_id', '=', call).limit(1).executeTakeFirst()) ??
      (await db.selectFrom('recordings').select('call_id').where('call_id', '=', call).limit(1).executeTakeFirst())
    if (isKnown === undefined)
      throw checkFailed(
        `no call ${call} is known in ${nameOf(place)}: none of its calls, ledger entries and recordings bears that id`,
        '`twinreel ledger` names those there are; what no recorder has read yet is known to the log alone: `twinreel log capture --call ID`',
      )
  }
  if (owner === undefined) return
  const isKnown =
    (await db.selectFrom('users').select('user_id').where('user_id', '=', owner).executeTakeFirst()) ??
    (await db.selectFrom('recordings').select('owner_id').where('owner_id', '=', owner).limit(1).executeTakeFirst()) ??
    (await db.selectFrom('ledger').select('owner_id').where('owner_id', '=', owner).limit(1).executeTakeFirst())
  if (isKnown === undefined) throw unknownUser(owner, place)
}
