import { enableOrganization } from '@twinreel/catalog/accounts/organizations'
import { switchRecordingOn } from '@twinreel/catalog/accounts/recording-switch'
import { addUser } from '@twinreel/catalog/accounts/users'
import type { Catalog } from '@twinreel/catalog/open'
import { claimPartition, commit } from '@twinreel/catalog/recorder'
import type { MadeDay } from './make-day.ts'
import { OFF_USERS, userOf, USERS } from './usual.ts'

const BECAUSE = { actor: 'admin-1', reason: 'test' }
const OF = { topic: 'calls', partition: 0 }

/** Enters the day's people into an empty catalog, and commits its calls as a recorder does. */
export async function writeDay(catalog: Catalog, { changes }: MadeDay): Promise<void> {
  await enableOrganization(catalog, { ...BECAUSE, orgId: 'acme', name: 'Acme', partnerId: 'carrier' })
  for (let index = 0; index < USERS; index++) {
    await addUser(catalog, { ...BECAUSE, userId: userOf(index), orgId: 'acme', licence: 'professional' })
    await switchRecordingOn(catalog, { ...BECAUSE, userId: userOf(index), settings: { mode: 'always' } })
  }
  for (const userId of OFF_USERS) await addUser(catalog, { ...BECAUSE, userId, orgId: 'acme', licence: 'professional' })
  const { epoch } = await claimPartition(catalog, { ...OF, logIdentity: 'log-1', endOffset: 1_000_000 })
  for (let at = 0; at < changes.length; at += 400) await commit(catalog, { ...OF, epoch }, changes.slice(at, at + 400).flat())
}
