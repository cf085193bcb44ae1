import { policySchema, type Policies } from '@twinreel/recording/policy'
import { TOPICS } from '@twinreel/contracts/topics'
import { decodeCallEvent } from '@twinreel/contracts/messages'
import type { LogRecord } from '@twinreel/event-log/port'
import { policyRequest } from '@twinreel/recorder/policy-request'
import type { Effect } from '@twinreel/recording/effects'
import { fold } from '@twinreel/recording/session/fold'
import type { CallState } from '@twinreel/recording/session/state'
import type { Evidence } from '../world/evidence.ts'

/** What one recorder, who never died and saw every message once and in order, would have asked for. */
export interface Reference {
  callId: string
  effects: readonly { effect: Effect; record: LogRecord }[]
  /** Positions refused before they came to a call. */
  refused: readonly LogRecord[]
  state: CallState | null
  /** The state behind each message. */
  states: readonly { offset: number; state: CallState | null }[]
}

/** The log of every call folded once, without faults. What it says of audio is checked by another opinion; this one is about what crashes and retries may change. */
export function references({ truth }: Pick<Evidence, 'truth'>): Map<string, Reference> {
  const policies = policiesByCall(truth.database)
  const byCall = new Map<string, Reference & { effects: Reference['effects'][number][]; refused: LogRecord[]; states: Reference['states'][number][] }>()
  for (const record of truth.appended(TOPICS.calls)) {
    const known = byCall.get(record.key)
    const call = known ?? { callId: record.key, effects: [], refused: [], state: null, states: [] }
    if (known === undefined) byCall.set(record.key, call)
    const decoded = record.value === null ? null : decodeCallEvent({ key: record.key, headers: record.headers, value: record.value })
    if (decoded === null || !decoded.ok) {
      call.refused.push(record)
      continue
    }
    const asked = policyRequest(call.state, decoded.message, record.appendedAtMs)
    const folded = fold(call.state, decoded.message, asked === null ? {} : pick(policies.get(record.key) ?? {}, asked.participants))
    call.state = folded.state
    call.states.push({ offset: record.offset, state: folded.state })
    for (const effect of folded.effects) call.effects.push({ effect, record })
  }
  return byCall
}

function policiesByCall(database: Evidence['truth']['database']): Map<string, Policies> {
  const byCall = new Map<string, Record<string, Policies[string]>>()
  for (const row of database.prepare('select call_id, participant_id, policy from policies').all()) {
    const callId = String(row['call_id'])
    const own = byCall.get(callId) ?? {}
    byCall.set(callId, own)
    own[String(row['participant_id'])] = row['policy'] === null ? null : policySchema.parse(JSON.parse(String(row['policy'])))
  }
  return byCall
}

function pick(all: Policies, participants: readonly { participantId: string }[]): Policies {
  return Object.fromEntries(participants.map(({ participantId }) => [participantId, all[participantId] ?? null]))
}
