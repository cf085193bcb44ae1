import type { Participant } from '@twinreel/contracts/call-events'
import type { Policy } from '@twinreel/recording/policy'
import type { CapturedCall } from './captured-call.ts'
import { UnsayableCallError } from './captured-call.ts'
import { plainNames } from './plain-names.ts'

/** Somebody the recorder knew. */
export interface CastUser {
  name: string
  ownerId: string
  policy: Policy
  kind: NonNullable<Participant['ownerType']>
  /** Whose stream is heard as this user's own. */
  participantId: string
}

/** Another end of the call; `user: null` is outside. */
export interface CastParty {
  name: string
  user: string | null
  participantId: string
}

export interface Cast {
  users: readonly CastUser[]
  parties: readonly CastParty[]
  /** Of a participant. */
  nameOf(participantId: string): string
  /** Of a user id, as keys name it; `null` for nobody in the call. */
  userNamed(userId: string): string | null
  nameOfOwner(ownerId: string): string | null
}

/**
 * Gives everybody a name of the file: an invented one, since a file that is passed on must not tell who was in the call. `keepNames` makes them of display names and ids,
 * where the capture has those of then: replaced ones tell nobody anything.
 */
export function castOf({ participants, policies, capture: { header } }: CapturedCall, { keepNames }: { keepNames: boolean }): Cast {
  const names = plainNames()
  const byParticipant = new Map<string, string>()
  const byUserId = new Map<string, string>()
  const users: CastUser[] = []
  const parties: CastParty[] = []
  for (const participant of participants) {
    const { participantId, userId, displayName, ownerType } = participant
    if (byParticipant.has(participantId)) continue
    const policy = policies.get(participantId) ?? null
    const known = policy === null ? undefined : users.find(({ ownerId }) => ownerId === policy.ownerId)
    const texts = keepNames && !header.anonymized ? [displayName, policy?.ownerId, userId, participantId] : []
    if (policy === null || known !== undefined) {
      if (policy !== null && known !== undefined && JSON.stringify(policy.settings) !== JSON.stringify(known.policy.settings))
        throw new UnsayableCallError(`${known.name} had other settings at a later joining: in scenarios a user has the same all the time`)
      const name = names.give(known === undefined ? texts : [`${known.name}-2`])
      parties.push({ name, user: known?.name ?? null, participantId })
      byParticipant.set(participantId, name)
      if (userId !== undefined && !byUserId.has(userId)) byUserId.set(userId, name)
      continue
    }
    const name = names.give(texts)
    users.push({ name, ownerId: policy.ownerId, policy, kind: ownerType ?? 'user', participantId })
    byParticipant.set(participantId, name)
    byUserId.set(policy.ownerId, name)
    if (userId !== undefined) byUserId.set(userId, name)
  }
  if (users.length === 0) throw new UnsayableCallError('the recorder knew nobody in this call, and a scenario is about somebody it knows')
  return {
    users,
    parties,
    nameOf(participantId) {
      const name = byParticipant.get(participantId)
      if (name === undefined) throw new UnsayableCallError(`an event names an end of the call that never came into it`)
      return name
    },
    userNamed: (userId) => byUserId.get(userId) ?? null,
    nameOfOwner: (ownerId) => users.find((user) => user.ownerId === ownerId)?.name ?? null,
  }
}
