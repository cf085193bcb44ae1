import type { User } from '@twinreel/catalog/accounts/show'
import type { Settings } from '@twinreel/recording/settings'
import { isoTime, orDash } from './format.ts'
import { facts } from './output.ts'

export function userDocument({ userId, orgId, licence, displayName, account, settings }: User): Record<string, unknown> {
  return {
    userId,
    orgId,
    displayName,
    licence,
    recording: account?.recordingOn ?? false,
    tier: account?.tier ?? null,
    tierSince: isoTime(account?.tierSinceMs ?? null),
    account: account === null ? null : { accountId: account.accountId, product: account.product, externalType: account.externalType, ...account.platform },
    settings,
  }
}

/** The same for people. */
export function userFacts({ userId, orgId, licence, displayName, account, settings }: User): string {
  return facts([
    ['user', userId],
    ['name', orDash(displayName)],
    ['organization', orgId],
    ['licence', orDash(licence)],
    ['recording', account?.recordingOn === true ? 'on' : 'off'],
    ...(settings === null ? [] : settingsFacts(settings)),
    ...(account === null
      ? []
      : ([
          ['tier', `${account.tier} since ${isoTime(account.tierSinceMs)}`],
          ['service provider', account.platform.serviceProvider],
          ['external group', account.platform.externalGroup],
          ['external identifier', account.platform.externalIdentifier],
        ] as const)),
  ])
}

function settingsFacts({ mode, startStopAnnouncement, pauseResumeNotification, tone, voicemail, calls }: Settings): (readonly [string, string])[] {
  return [
    ['mode', mode],
    ['announced', chosen({ 'internal calls': startStopAnnouncement.internal, 'PSTN calls': startStopAnnouncement.pstn })],
    ['pause and resume', pauseResumeNotification],
    ['tone', tone.enabled ? `every ${tone.intervalSeconds} s` : 'off'],
    ['voicemail', voicemail ? 'recorded' : 'not recorded'],
    [
      'calls',
      chosen({
        'inbound internal': calls.inboundInternal,
        'inbound external': calls.inboundExternal,
        'outbound internal': calls.outboundInternal,
        'outbound external': calls.outboundExternal,
      }),
    ],
  ]
}

function chosen(switches: Readonly<Record<string, boolean>>): string {
  const on = Object.entries(switches).flatMap(([name, isOn]) => (isOn ? [name] : []))
  return on.length === 0 ? 'none' : on.join(', ')
}
