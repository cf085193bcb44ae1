import type { OrgRules, Settings } from '@twinreel/recording/settings'

/** A user's settings as scenario files say them; what is as usual is left out. */
export function settingsInWords({ mode, startStopAnnouncement, pauseResumeNotification, tone, voicemail, calls }: Settings): Record<string, unknown> {
  const { internal, pstn } = startStopAnnouncement
  const chosen = Object.entries({
    'inbound-internal': calls.inboundInternal,
    'inbound-external': calls.inboundExternal,
    'outbound-internal': calls.outboundInternal,
    'outbound-external': calls.outboundExternal,
  }).flatMap(([name, isChosen]) => (isChosen ? [name] : []))
  return {
    mode,
    ...(internal && pstn ? {} : { announcement: internal ? 'internal' : pstn ? 'pstn' : 'none' }),
    ...(pauseResumeNotification === 'none' ? {} : { notification: pauseResumeNotification }),
    ...(tone.enabled ? (tone.intervalSeconds === 20 ? {} : { tone: `${tone.intervalSeconds} s` }) : { tone: 'off' }),
    ...(voicemail ? { voicemail: 'on' } : {}),
    ...(chosen.length === 4 ? {} : { calls: chosen.length === 0 ? 'none' : chosen }),
  }
}

export function rulesInWords({ failureBehavior, recordEmergency, idleEndSeconds, segmentSeconds }: OrgRules): Record<string, unknown> {
  return {
    ...(failureBehavior === 'proceed-with-announcement' ? {} : { 'failure-behavior': failureBehavior }),
    ...(recordEmergency ? { 'record-emergency': 'on' } : {}),
    ...(idleEndSeconds === 120 ? {} : { 'idle-end': `${idleEndSeconds} s` }),
    ...(segmentSeconds === 60 ? {} : { segment: `${segmentSeconds} s` }),
  }
}
