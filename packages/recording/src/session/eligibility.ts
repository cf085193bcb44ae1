import { isAnnounced } from '../announcement.ts'
import type { ExclusionReason } from '../effects.ts'
import type { Policy } from '../policy.ts'
import type { CallState } from './state.ts'

/** What of the call matters for whether an owner's policy applies to it. */
export type CallFacts = Pick<CallState, 'callType' | 'voicemail'>

/** Why this owner's call is not to be recorded, or `null` when the mode decides. The kind of call comes first, then the owner's choices. */
export function exclusion(call: CallFacts, policy: Policy, role: 'originating' | 'terminating'): ExclusionReason | null {
  switch (call.callType) {
    case 'emergency':
      if (!policy.rules.recordEmergency) return 'emergency'
      break
    case 'fax':
    case 'voicemail-retrieval':
    case 'whisper':
      return call.callType
    default:
  }
  if (policy.settings.mode === 'never') return 'mode-never'
  if (!selected(call, policy, role)) return 'not-selected'
  if (call.voicemail && !policy.settings.voicemail) return 'voicemail-off'
  return null
}

/** The four switches, seen from the owner. A call of unknown kind is recorded if either of its direction's switches is on. */
function selected(call: CallFacts, policy: Policy, role: 'originating' | 'terminating'): boolean {
  const { calls } = policy.settings
  const [internal, external] = role === 'originating' ? [calls.outboundInternal, calls.outboundExternal] : [calls.inboundInternal, calls.inboundExternal]
  switch (call.callType) {
    case 'internal':
      return internal
    case null:
      return internal || external
    default:
      return external
  }
}

/** Whether this owner's recording of the call is announced. */
export function announces(call: CallFacts, policy: Policy): boolean {
  return isAnnounced(call.callType, policy.settings)
}
