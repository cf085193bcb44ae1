import type { Transaction } from 'kysely'
import type { Policy } from '@twinreel/recording/policy'
import { DEFAULT_SETTINGS } from '@twinreel/recording/settings'
import { storedRules } from '../accounts/organizations.ts'
import { parsedSettings } from '../accounts/show.ts'
import { inRows } from '../rows.ts'
import type { Tables } from '../tables.ts'
import { valuesTable } from '../values-table.ts'

/**
 * What was in force for owners at a moment, under the keys they are asked with. Of an organization that is not one of ours at all there
 * is no policy; one that was not enabled then records nothing.
 */
export async function policiesInForce(
  tx: Transaction<Tables>,
  asked: ReadonlyMap<string, { ownerId: string; orgId: string; asOfMs: number }>,
): Promise<Map<string, Policy>> {
  const found = new Map<string, Policy>()
  const listed = [...asked].map(([key, { ownerId, orgId, asOfMs }]) => ({ asked_as: key, asked_owner: ownerId, asked_org: orgId, as_of_ms: asOfMs }))
  for (const rows of inRows(listed)) {
    const answers = await tx
      .selectFrom(valuesTable('v', { asked_as: 'text', asked_owner: 'text', asked_org: 'text', as_of_ms: 'bigint' }, rows))
      .innerJoin('orgs as o', 'o.org_id', 'v.asked_org')
      // The last one that began before the moment: a history's times never go back.
      .leftJoin('org_history as h', (join) =>
        join.onRef('h.org_id', '=', 'v.asked_org').on((eb) =>
          eb(
            'h.sequence',
            '=',
            eb
              .selectFrom('org_history as earlier')
              .select((of) => of.fn.max('earlier.sequence').as('last'))
              .whereRef('earlier.org_id', '=', 'v.asked_org')
              .whereRef('earlier.from_ms', '<=', 'v.as_of_ms'),
          ),
        ),
      )
      .leftJoin('settings_history as s', (join) =>
        join.onRef('s.user_id', '=', 'v.asked_owner').on((eb) =>
          eb(
            's.sequence',
            '=',
            eb
              .selectFrom('settings_history as earlier')
              .select((of) => of.fn.max('earlier.sequence').as('last'))
              .whereRef('earlier.user_id', '=', 'v.asked_owner')
              .whereRef('earlier.from_ms', '<=', 'v.as_of_ms'),
          ),
        ),
      )
      .select(['v.asked_as', 'v.asked_owner', 'v.asked_org', 'o.id_namespace', 'o.rules', 'h.enabled', 'h.rules as rules_then', 's.settings'])
      .execute()
    for (const row of answers) {
      const settings = row.enabled === 1 ? parsedSettings(row.settings) : null
      found.set(row.asked_as, {
        ownerId: row.asked_owner,
        orgId: row.asked_org,
        settings: settings ?? DEFAULT_SETTINGS,
        rules: storedRules(row.rules_then ?? row.rules),
        idNamespace: row.id_namespace,
      })
    }
  }
  return found
}
