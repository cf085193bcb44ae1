import type { Kysely } from 'kysely'
import { policySchema, type Policies, type Policy } from '@twinreel/recording/policy'
import type { PlatformIdentity } from './accounts/identity.ts'
import { inTurn } from './dialect.ts'
import type { Catalog } from './open.ts'
import { policiesInForce } from './policies/in-force.ts'
import { ownersBehind } from './policies/owners.ts'
import { inRows } from './rows.ts'
import type { Tables } from './tables.ts'
import { transact } from './transaction.ts'

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
  const [policies] = await policiesForCalls(catalog, [request])
  return policies ?? {}
}

/**
 * The same for many requests at once, answered in their order: one statement when all is stored already, one transaction of a few
 * statements otherwise. Of two requests that ask for one participant the first decides.
 */
export async function policiesForCalls(catalog: Catalog, requests: readonly PolicyRequest[]): Promise<Policies[]> {
  const callIds = [...new Set(requests.flatMap((request) => (request.participants.length === 0 ? [] : [request.callId])))]
  const known = await stored(catalog.db, callIds)
  if (missing(known, requests).length === 0) return requests.map((request) => picked(known, request))
  return transact(catalog, async (tx) => {
    await inTurn(catalog.dialect, tx, 'call', callIds)
    const before = await stored(tx, callIds)
    const wanted = missing(before, requests)
    const owners = await ownersBehind(tx, wanted)
    const asked = new Map<string, { ownerId: string; orgId: string; asOfMs: number }>()
    for (const { request, participant } of wanted) {
      const ownerId = owners.get(participant)
      if (ownerId === undefined || policyOfOwner(before.get(request.callId), ownerId) !== undefined) continue
      const key = `${request.callId}/${ownerId}`
      if (!asked.has(key)) asked.set(key, { ownerId, orgId: request.orgId, asOfMs: request.asOfMs })
    }
    const inForce = await policiesInForce(tx, asked)
    const rows = wanted.map(({ request, participant }) => {
      const ownerId = owners.get(participant) ?? null
      const policy = ownerId === null ? null : (policyOfOwner(before.get(request.callId), ownerId) ?? inForce.get(`${request.callId}/${ownerId}`) ?? null)
      const row = { call_id: request.callId, participant_id: participant.participantId, as_of_ms: request.asOfMs }
      return { ...row, owner_id: policy?.ownerId ?? null, policy: policy === null ? null : JSON.stringify(policy) }
    })
    for (const batch of inRows(rows)) await tx.insertInto('policies').values(batch).execute()
    for (const row of rows) keep(before, row)
    return requests.map((request) => picked(before, request))
  })
}

/** By call id and participant id. */
type Stored = Map<string, Map<string, Policy | null>>
type Participant = PolicyRequest['participants'][number]

/** What nobody asked for before, each participant once. */
function missing(known: Stored, requests: readonly PolicyRequest[]): { request: PolicyRequest; participant: Participant }[] {
  const seen = new Set<string>()
  return requests.flatMap((request) =>
    request.participants.flatMap((participant) => {
      const key = JSON.stringify([request.callId, participant.participantId])
      if (seen.has(key) || known.get(request.callId)?.has(participant.participantId) === true) return []
      seen.add(key)
      return [{ request, participant }]
    }),
  )
}

async function stored(db: Kysely<Tables>, callIds: readonly string[]): Promise<Stored> {
  const found: Stored = new Map()
  for (const ids of inRows(callIds)) {
    for (const row of await db.selectFrom('policies').select(['call_id', 'participant_id', 'policy']).where('call_id', 'in', ids).execute()) keep(found, row)
  }
  return found
}

function keep(found: Stored, row: { call_id: string; participant_id: string; policy: string | null }): void {
  const policies = found.get(row.call_id) ?? new Map<string, Policy | null>()
  policies.set(row.participant_id, row.policy === null ? null : policySchema.parse(JSON.parse(row.policy)))
  found.set(row.call_id, policies)
}

function policyOfOwner(policies: ReadonlyMap<string, Policy | null> | undefined, ownerId: string): Policy | undefined {
  for (const policy of policies?.values() ?? []) if (policy?.ownerId === ownerId) return policy
  return undefined
}

function picked(known: Stored, { callId, participants }: PolicyRequest): Policies {
  return Object.fromEntries(participants.map(({ participantId }) => [participantId, known.get(callId)?.get(participantId) ?? null]))
}
