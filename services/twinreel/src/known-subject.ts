import type { Catalog } from '@twinreel/catalog/open'
import { usageError } from './command-error.ts'
import { nameOf, type Place } from './place.ts'
import { unknownUser } from './unknown-user.ts'

/** Refuses an organization or a user that nobody, no recording and no call knows: an empty answer would look like an all-clear. */
export async function checkKnown({ db }: Catalog, place: Place, { org, owner }: { org?: string | undefined; owner?: string | undefined }): Promise<void> {
  if (org !== undefined) {
    const isKnown =
      (await db.selectFrom('orgs').select('org_id').where('org_id', '=', org).executeTakeFirst()) ??
      (await db.selectFrom('recordings').select('org_id').where('org_id', '=', org).limit(1).executeTakeFirst())
    if (isKnown === undefined) throw usageError(`organization ${org} is unknown in ${nameOf(place)}`, '`twinreel orgs list` names those there are')
  }
  if (owner === undefined) return
  const isKnown =
    (await db.selectFrom('users').select('user_id').where('user_id', '=', owner).executeTakeFirst()) ??
    (await db.selectFrom('recordings').select('owner_id').where('owner_id', '=', owner).limit(1).executeTakeFirst()) ??
    (await db.selectFrom('ledger').select('owner_id').where('owner_id', '=', owner).limit(1).executeTakeFirst())
  if (isKnown === undefined) throw unknownUser(owner, place)
}
