import type { TrueParticipant, TrueSettings } from './truth-files.ts'

/** What of a call decides whether somebody's recording of it may begin at all. */
export interface CallKind {
  callType: string | null
  voicemail: boolean
  recordEmergency: boolean
}

/** Whether the mode of this user applies to the call; the kind of the call comes first. */
export function isRecordable(call: CallKind, settings: TrueSettings, role: TrueParticipant['role']): boolean {
  if (call.callType === 'fax' || call.callType === 'voicemail-retrieval' || call.callType === 'whisper') return false
  if (call.callType === 'emergency' && !call.recordEmergency) return false
  if (settings.mode === 'never' || (call.voicemail && !settings.voicemail)) return false
  const { calls } = settings
  const [internal, external] = role === 'originating' ? [calls.outboundInternal, calls.outboundExternal] : [calls.inboundInternal, calls.inboundExternal]
  if (call.callType === null) return internal || external
  return call.callType === 'internal' ? internal : external
}

/** Whether nothing may be recorded before everybody has heard that it will be. */
export function isAnnounced(call: CallKind, settings: TrueSettings): boolean {
  const { internal, pstn } = settings.startStopAnnouncement
  if (call.callType === 'emergency') return false
  if (call.callType === null) return internal || pstn
  return call.callType === 'internal' ? internal : pstn
}

const CONTROLS: Readonly<Record<TrueSettings['mode'], string>> = {
  never: '',
  always: '',
  'always-pause-resume': 'pause resume',
  'on-demand-user-start': 'start stop pause resume',
  'on-demand': 'start pause resume',
}

export function mayPress(settings: TrueSettings, control: string): boolean {
  return CONTROLS[settings.mode].split(' ').includes(control)
}
