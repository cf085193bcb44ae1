import { createHash } from 'node:crypto'
import { enableOrganization } from '@twinreel/catalog/accounts/organizations'
import { switchRecordingOn } from '@twinreel/catalog/accounts/recording-switch'
import { listUsers } from '@twinreel/catalog/accounts/show'
import { changeTier } from '@twinreel/catalog/accounts/tiers'
import { addUser } from '@twinreel/catalog/accounts/users'
import type { Catalog } from '@twinreel/catalog/open'
import type { Tier } from '@twinreel/recording/retention'
import { DEFAULT_SETTINGS, type OrgRules, type Settings } from '@twinreel/recording/settings'

export interface SimulatedUser {
  userId: string
  displayName: string
  number: string
  tier: Tier
  settings: Settings
  /** Known, and recording was never switched on: settings and tier are what it would begin with. */
  isOff?: boolean
}

/** An organization and its users, as a partner and its administrators would enter them. */
export interface People {
  orgId: string
  name: string
  partnerId: string
  /** Where the organization's recording ids are derived: with it fixed, the same calls give the same keys in any directory. */
  idNamespace: string
  rules: Partial<OrgRules>
  users: readonly SimulatedUser[]
}

const BECAUSE = { actor: 'simulator', reason: 'a simulated organization' }

/** Enters them into the catalog; once more changes nothing. Throws `AccountError`. */
export async function enterPeople(catalog: Catalog, { orgId, name, partnerId, idNamespace, rules, users }: People): Promise<void> {
  await enableOrganization(catalog, { ...BECAUSE, orgId, name, partnerId, idNamespace, rules })
  const known = new Set((await listUsers(catalog, orgId)).map(({ userId }) => userId))
  for (const { userId, displayName, tier, settings, isOff = false } of users) {
    if (known.has(userId)) continue
    await addUser(catalog, { ...BECAUSE, userId, orgId, licence: 'professional', displayName })
    if (isOff) continue
    await switchRecordingOn(catalog, { ...BECAUSE, userId, settings })
    await changeTier(catalog, { ...BECAUSE, userId, tier })
  }
}

/** Everybody the catalog knows in these organizations, by user id, with the settings in force now; whoever has recording off has the defaults. */
export async function knownSettings(catalog: Catalog, orgIds: Iterable<string>): Promise<Map<string, { orgId: string; settings: Settings }>> {
  const known = new Map<string, { orgId: string; settings: Settings }>()
  for (const orgId of orgIds)
    for (const { userId, settings } of await listUsers(catalog, orgId)) known.set(userId, { orgId, settings: settings ?? DEFAULT_SETTINGS })
  return known
}

/** A seed's namespace: an UUIDv8 (RFC 9562 §5.8) of a hash. No secret, as nothing of a simulation is. */
export function namespaceOf(seed: number): string {
  const bytes = createHash('sha256').update(`twinreel simulation ${seed}`).digest().subarray(0, 16)
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}
