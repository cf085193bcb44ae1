import type { CapturedCall } from '@twinreel/call-records/captured-call'
import type { Finding } from '@twinreel/call-records/finding'
import type { Leg } from './scratch.ts'

/** All records of one user's part in one call. */
export interface OwnersLegs {
  ownerId: string
  legs: readonly Leg[]
  matchedBy: Finding['matchedBy']
}

export interface GroupedLegs {
  owners: readonly OwnersLegs[]
  /** Of nobody in the call; `candidates`: the call, where several records fit it and it can be only one's. */
  others: readonly { leg: Leg; candidates: readonly string[] }[]
  /** The last release of all, milliseconds UTC. */
  releasedMs: number | null
}

/**
 * The records that were matched with a call, by whose they are. A record without a user speaks for every owner of the call, unless others
 * of the call name users. A record that was found by its time alone is not of a call that others name, and of several sessions it is nobody's.
 */
export function groupLegs(call: CapturedCall, legs: readonly Leg[]): GroupedLegs {
  const named = legs.filter(({ ownerId }) => ownerId !== null)
  const nameless = legs.filter(({ ownerId }) => ownerId === null)
  const speakForAll = named.length === 0 && nameless.every(({ record }) => record.user === null) && call.owners.length > 0
  const groups = speakForAll
    ? call.owners.map(({ ownerId }) => ({ owner: { ownerId, legs: nameless, matchedBy: matchedBy(nameless) }, others: [] }))
    : [...Map.groupBy(named, ({ ownerId }) => ownerId ?? '')].map(([ownerId, own]) => ofOwner(call, ownerId, own))
  const releases = legs.flatMap(({ record }) => (record.talk === null ? [] : [record.talk.toMs]))
  return {
    owners: groups.flatMap(({ owner }) => (owner.legs.length > 0 ? [owner] : [])),
    others: [...groups.flatMap(({ others }) => others), ...(speakForAll ? [] : nameless.map((leg) => ({ leg, candidates: [] })))],
    releasedMs: releases.length === 0 ? null : Math.max(...releases),
  }
}

function ofOwner(call: CapturedCall, ownerId: string, legs: readonly Leg[]): { owner: OwnersLegs; others: { leg: Leg; candidates: readonly string[] }[] } {
  const byId = legs.filter(({ match }) => match.kind === 'matched' && match.by !== 'time')
  const byTime = legs.filter((leg) => !byId.includes(leg))
  if (byId.length > 0) return { owner: { ownerId, legs: byId, matchedBy: matchedBy(byId) }, others: byTime.map((leg) => ({ leg, candidates: [] })) }
  const sessions = new Set(byTime.map(({ record }) => record.correlationId ?? record.callId))
  if (sessions.size <= 1) return { owner: { ownerId, legs: byTime, matchedBy: 'time' }, others: [] }
  return { owner: { ownerId, legs: [], matchedBy: null }, others: byTime.map((leg) => ({ leg, candidates: [call.callId] })) }
}

function matchedBy(legs: readonly Leg[]): Finding['matchedBy'] {
  const ways = new Set(legs.flatMap(({ match }) => (match.kind === 'matched' ? [match.by] : [])))
  return ways.has('call-id') ? 'call-id' : ways.has('correlation-id') ? 'correlation-id' : 'time'
}
