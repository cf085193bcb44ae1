import type { Transaction } from 'kysely'
import type { PolicyRequest } from '../policies.ts'
import { inRows } from '../rows.ts'
import type { Tables } from '../tables.ts'

type Participant = PolicyRequest['participants'][number]
interface Wanted {
  request: PolicyRequest
  participant: Participant
}

/** The users of the call's organization who stand behind participants: by our user id, else by the identity the platform gave them. */
export async function ownersBehind(tx: Transaction<Tables>, wanted: readonly Wanted[]): Promise<Map<Participant, string>> {
  const owners = new Map<Participant, string>()
  const orgOf = new Map<string, string>()
  const userIds = new Set(wanted.flatMap(({ participant }) => (participant.userId === undefined ? [] : [participant.userId])))
  for (const ids of inRows([...userIds])) {
    for (const user of await tx.selectFrom('users').select(['user_id', 'org_id']).where('user_id', 'in', ids).execute()) orgOf.set(user.user_id, user.org_id)
  }
  for (const { request, participant } of wanted) {
    if (participant.userId !== undefined && orgOf.get(participant.userId) === request.orgId) owners.set(participant, participant.userId)
  }
  await addByIdentity(
    tx,
    wanted.filter(({ participant }) => !owners.has(participant)),
    owners,
  )
  return owners
}

async function addByIdentity(tx: Transaction<Tables>, wanted: readonly Wanted[], owners: Map<Participant, string>): Promise<void> {
  const byIdentity = new Map<string, Participant[]>()
  for (const { request, participant } of wanted) {
    if (participant.platform === undefined) continue
    const { serviceProvider, externalGroup, externalIdentifier } = participant.platform
    const key = keyOf(request.orgId, serviceProvider, externalGroup, externalIdentifier)
    byIdentity.set(key, [...(byIdentity.get(key) ?? []), participant])
  }
  for (const keys of inRows([...byIdentity.keys()])) {
    const accounts = await tx
      .selectFrom('accounts')
      .select(['user_id', 'org_id', 'service_provider', 'external_group', 'external_identifier'])
      .where((eb) =>
        eb.or(
          keys.map((key) => {
            const [orgId = '', serviceProvider = '', externalGroup = '', externalIdentifier = ''] = partsOf(key)
            return eb.and({ org_id: orgId, service_provider: serviceProvider, external_group: externalGroup, external_identifier: externalIdentifier })
          }),
        ),
      )
      .execute()
    for (const row of accounts) {
      const key = keyOf(row.org_id, row.service_provider, row.external_group, row.external_identifier)
      for (const participant of byIdentity.get(key) ?? []) owners.set(participant, row.user_id)
    }
  }
}

function keyOf(...parts: [orgId: string, serviceProvider: string, externalGroup: string, externalIdentifier: string]): string {
  return JSON.stringify(parts)
}

function partsOf(key: string): readonly string[] {
  return JSON.parse(key) as string[]
}
