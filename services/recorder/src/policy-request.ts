import type { PolicyRequest } from '@twinreel/catalog/policies'
import type { CallEvent } from '@twinreel/contracts/messages'
import { participantsToResolve } from '@twinreel/recording/session/people'
import type { CallState } from '@twinreel/recording/session/state'

/** Whose policies this message needs, as of its append time; `null` when it needs none. */
export function policyRequest(state: CallState | null, event: CallEvent, asOfMs: number): PolicyRequest | null {
  const participants = participantsToResolve(state, event)
  if (state === null || participants.length === 0) return null
  return {
    callId: event.callId,
    orgId: state.orgId,
    participants: participants.map(({ participantId, userId, platform }) => ({
      participantId,
      ...(userId === undefined ? {} : { userId }),
      ...(platform === undefined ? {} : { platform }),
    })),
    asOfMs,
  }
}
