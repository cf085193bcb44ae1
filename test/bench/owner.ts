import { enableOrganization } from '@twinreel/catalog/accounts/organizations'
import { switchRecordingOn } from '@twinreel/catalog/accounts/recording-switch'
import { addUser } from '@twinreel/catalog/accounts/users'
import type { Catalog } from '@twinreel/catalog/open'

const BY = { actor: 'bench', reason: 'bench' }

/** One owner whose every call is recorded from the answer on: the whole path, and nothing but audio on it. */
export async function enterOwner(catalog: Catalog): Promise<void> {
  await enableOrganization(catalog, { orgId: 'bench', name: 'bench', partnerId: 'bench', ...BY })
  await addUser(catalog, { userId: 'owner', orgId: 'bench', licence: 'professional', ...BY })
  const settings = { mode: 'always', startStopAnnouncement: { internal: false, pstn: false }, tone: { enabled: false, intervalSeconds: 20 } } as const
  await switchRecordingOn(catalog, { userId: 'owner', settings, ...BY })
}
