import type { Transaction } from 'kysely'
import { policySchema, type Policies, type Policy } from '@twinreel/recording/policy'
import { DEFAULT_SETTINGS } from '@twinreel/recording/settings'
import type { PlatformIdentity } from './accounts/identity.ts'
import { storedRules } from './accounts/organizations.ts'
import { parsedSettings } from './accounts/show.ts'
import type { Catalog } from './open.ts'
import type { Tables } from './tables.ts'

export interface PolicyRequest {
  callId: string
  orgId: string
  participants: readonly { participantId: string; userId?: string; platform?: PlatformIdentity }[]
  /** Append time of the answer (or of the joining), milliseconds UTC: the settings in force then. */
  asOfMs: number
}

/**
 * The policies of a call's participants: what is stored already, and for the others what was in force at `asOfMs`, stored now. The
 * first writer wins, so that every fold of the call decides alike. A participant nobody knows, or of another organization, is stored
 * as `null` for good; one owner with two ends of a call has one policy.
 */
export async function policiesFor(catalog: Catalog, request: PolicyRequest): Promise<Policies> {
  const ids = request.participants.map((participant) => participant.participantId)
  const known = await stored(catalog.db, request.callId)
  if (ids.every((id) => known.has(id))) return picked(known, ids)
  return catalog.db.transaction().execute(async (tx) => {
    const before = await stored(tx, request.callId)
    const byOwner = new Map([...before.values()].flatMap((policy) => (policy === null ? [] : [[policy.ownerId, policy] as const])))
    for (const participant of request.participants) {
      if (before.has(participant.participantId)) continue
      const ownerId = await ownerOf(tx, request.orgId, participant)
      const policy = ownerId === null ? null : (byOwner.get(ownerId) ?? (await inForce(tx, request.orgId, ownerId, request.asOfMs)))
      if (policy !== null) byOwner.set(policy.ownerId, policy)
      await tx
        .insertInto('policies')
        .values({
          call_id: request.callId,
          participant_id: participant.participantId,
          owner_id: policy?.ownerId ?? null,
          policy: policy === null ? null : JSON.stringify(policy),
          as_of_ms: request.asOfMs,
        })
        .onConflict((oc) => oc.columns(['call_id', 'participant_id']).doNothing())
        .execute()
    }
    // Read back, not returned from above: where somebody else was first, theirs counts.
    return picked(await stored(tx, request.callId), ids)
  })
}

async function stored(db: Catalog['db'] | Transaction<Tables>, callId: string): Promise<Map<string, Policy | null>> {
  const rows = await db.selectFrom('policies').select(['participant_id', 'policy']).where('call_id', '=', callId).execute()
  return new Map(rows.map((row) => [row.participant_id, row.policy === null ? null : policySchema.parse(JSON.parse(row.policy))]))
}

function picked(policies: ReadonlyMap<string, Policy | null>, ids: readonly string[]): Policies {
  return Object.fromEntries(ids.map((id) => [id, policies.get(id) ?? null]))
}

async function ownerOf(tx: Transaction<Tables>, orgId: string, participant: PolicyRequest['participants'][number]): Promise<string | null> {
  if (participant.userId !== undefined) {
    const user = await tx.selectFrom('users').select('user_id').where('user_id', '=', participant.userId).where('org_id', '=', orgId).executeTakeFirst()
    if (user !== undefined) return user.user_id
  }
  if (participant.platform === undefined) return null
  const account = await tx
    .selectFrom('accounts')
    .select('user_id')
    .where('org_id', '=', orgId)
    .where('service_provider', '=', participant.platform.serviceProvider)
    .where('external_group', '=', participant.platform.externalGroup)
    .where('external_identifier', '=', participant.platform.externalIdentifier)
    .executeTakeFirst()
  return account?.user_id ?? null
}

/** `null` when the organization is not one of ours at all; one that was not enabled then records nothing. */
async function inForce(tx: Transaction<Tables>, orgId: string, ownerId: string, asOfMs: number): Promise<Policy | null> {
  const org = await tx.selectFrom('orgs').select(['id_namespace', 'rules']).where('org_id', '=', orgId).executeTakeFirst()
  if (org === undefined) return null
  const orgThen = await tx
    .selectFrom('org_history')
    .select(['enabled', 'rules'])
    .where('org_id', '=', orgId)
    .where('from_ms', '<=', asOfMs)
    .orderBy('sequence', 'desc')
    .limit(1)
    .executeTakeFirst()
  const chosen = await tx
    .selectFrom('settings_history')
    .select('settings')
    .where('user_id', '=', ownerId)
    .where('from_ms', '<=', asOfMs)
    .orderBy('sequence', 'desc')
    .limit(1)
    .executeTakeFirst()
  const settings = orgThen?.enabled === 1 ? parsedSettings(chosen?.settings ?? null) : null
  return { ownerId, orgId, settings: settings ?? DEFAULT_SETTINGS, rules: storedRules(orgThen?.rules ?? org.rules), idNamespace: org.id_namespace }
}
