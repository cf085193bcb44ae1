import type { Transaction } from 'kysely'
import { z } from 'zod'
import { name } from '@twinreel/contracts/identifiers'
import { inTurn } from '../dialect.ts'
import type { Catalog } from '../open.ts'
import type { AccountRow, Tables, UserRow } from '../tables.ts'
import { AccountError, checked } from './account-error.ts'

/** How the calling platform names a subscriber in its events when it does not know our user id. */
export interface PlatformIdentity {
  serviceProvider: string
  externalGroup: string
  externalIdentifier: string
}

const identitySchema = z.strictObject({ serviceProvider: name, externalGroup: name, externalIdentifier: name })

/** What an account gets when nobody says otherwise: service provider = partner id, group = organization id, identifier = `userId@orgId`. */
export function generatedIdentity(partnerId: string, user: UserRow): PlatformIdentity {
  return { serviceProvider: partnerId, externalGroup: user.org_id, externalIdentifier: `${user.user_id}@${user.org_id}` }
}

/** The identity, if no other user of the organization has it: within an organization it names one user. It stays free until the transaction ends. */
export async function freeIdentity(catalog: Catalog, tx: Transaction<Tables>, user: UserRow, platform: PlatformIdentity): Promise<PlatformIdentity> {
  const identity = checked(identitySchema, platform, 'invalid-input', 'platform')
  await inTurn(catalog.dialect, tx, 'identity', [JSON.stringify([user.org_id, identity.serviceProvider, identity.externalGroup, identity.externalIdentifier])])
  const holder = await tx
    .selectFrom('accounts')
    .select('user_id')
    .where('org_id', '=', user.org_id)
    .where('service_provider', '=', identity.serviceProvider)
    .where('external_group', '=', identity.externalGroup)
    .where('external_identifier', '=', identity.externalIdentifier)
    .executeTakeFirst()
  if (holder !== undefined && holder.user_id !== user.user_id)
    throw new AccountError('identity-taken', `this platform identity belongs to user ${holder.user_id}`, 'platform')
  return identity
}

export function identityColumns(identity: PlatformIdentity): Pick<AccountRow, 'service_provider' | 'external_group' | 'external_identifier'> {
  return { service_provider: identity.serviceProvider, external_group: identity.externalGroup, external_identifier: identity.externalIdentifier }
}
