import { settingsSchema, type Settings } from '@twinreel/recording/settings'
import type { Catalog } from '../open.ts'
import type { Licence } from '../tables.ts'
import type { PlatformIdentity } from './identity.ts'

export interface User {
  userId: string
  orgId: string
  licence: Licence | null
  displayName: string | null
  /** `null` until recording was switched on for the first time. */
  account: {
    accountId: string
    recordingOn: boolean
    tier: string
    tierSinceMs: number
    product: string
    externalType: string
    platform: PlatformIdentity
  } | null
  /** `null` while recording is off. */
  settings: Settings | null
}

export async function showUser(catalog: Catalog, userId: string): Promise<User | null> {
  return (await read(catalog, { userId }))[0] ?? null
}

/** By user id. */
export async function listUsers(catalog: Catalog, orgId?: string): Promise<User[]> {
  return read(catalog, orgId === undefined ? {} : { orgId })
}

async function read(catalog: Catalog, filter: { userId?: string; orgId?: string }): Promise<User[]> {
  const { userId, orgId } = filter
  const rows = await catalog.db
    .selectFrom('users as u')
    .leftJoin('accounts as a', 'a.user_id', 'u.user_id')
    .leftJoin('settings_history as s', (join) =>
      join.onRef('s.user_id', '=', 'u.user_id').on((eb) =>
        eb(
          's.sequence',
          '=',
          eb
            .selectFrom('settings_history as newest')
            .select((of) => of.fn.max('newest.sequence').as('last'))
            .whereRef('newest.user_id', '=', 'u.user_id'),
        ),
      ),
    )
    .select(['u.user_id', 'u.org_id', 'u.licence', 'u.display_name', 's.settings'])
    .select([
      'a.account_id',
      'a.recording_on',
      'a.tier',
      'a.tier_since_ms',
      'a.product',
      'a.external_type',
      'a.service_provider',
      'a.external_group',
      'a.external_identifier',
    ])
    .$if(userId !== undefined, (query) => query.where('u.user_id', '=', userId ?? ''))
    .$if(orgId !== undefined, (query) => query.where('u.org_id', '=', orgId ?? ''))
    .orderBy('u.user_id')
    .execute()
  return rows.map((row) => ({
    userId: row.user_id,
    orgId: row.org_id,
    licence: row.licence,
    displayName: row.display_name,
    account:
      row.account_id === null
        ? null
        : {
            accountId: row.account_id,
            recordingOn: row.recording_on === 1,
            tier: row.tier ?? '',
            tierSinceMs: row.tier_since_ms ?? 0,
            product: row.product ?? '',
            externalType: row.external_type ?? '',
            platform: {
              serviceProvider: row.service_provider ?? '',
              externalGroup: row.external_group ?? '',
              externalIdentifier: row.external_identifier ?? '',
            },
          },
    settings: parsedSettings(row.settings),
  }))
}

export function parsedSettings(json: string | null): Settings | null {
  return json === null ? null : settingsSchema.parse(JSON.parse(json))
}
