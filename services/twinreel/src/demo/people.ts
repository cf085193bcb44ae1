import { settingsSchema, type SettingsInput } from '@twinreel/recording/settings'
import type { Tier } from '@twinreel/recording/retention'
import type { People, SimulatedUser } from '@twinreel/simulator/people'

export const ORG_ID = 'harbour'

/** The demo's organization: every mode, every tier, every way to be told of a pause. */
export const PEOPLE: People = {
  orgId: ORG_ID,
  name: 'Harbour & Hill',
  partnerId: 'demo-partner',
  idNamespace: '6b0f1a52-7d0e-4c55-9a53-0c3f0f6f2c11',
  rules: {},
  users: [
    user('ada', 'standard', { mode: 'always' }),
    user('ben', 'go', { mode: 'always-pause-resume', pauseResumeNotification: 'beep' }),
    user('cleo', 'ai', { mode: 'always-pause-resume', pauseResumeNotification: 'announcement', tone: { enabled: true, intervalSeconds: 10 } }),
    user('dora', 'go', { mode: 'on-demand-user-start', tone: { enabled: true, intervalSeconds: 10 } }),
    user('emil', 'standard', { mode: 'on-demand' }),
    user('fay', 'go', { mode: 'never' }),
    user('gus', 'go', { mode: 'always', voicemail: true }),
    user('hana', 'go', { mode: 'always', voicemail: false }),
    user('ivo', 'standard', { mode: 'always-pause-resume', startStopAnnouncement: { internal: false, pstn: true }, tone: { enabled: false } }),
    user('jun', 'ai', { mode: 'always', startStopAnnouncement: { internal: true, pstn: false } }),
  ],
}

/** What happens to accounts while the recordings grow old. */
export const TIER_CHANGES: readonly { userId: string; tier: Tier; afterDays: number; reason: string }[] = [
  { userId: 'dora', tier: 'standard', afterDays: 12, reason: 'upgraded before her recordings were due' },
  { userId: 'ivo', tier: 'go', afterDays: 20, reason: 'downgraded: 30 days begin anew' },
]

function user(userId: string, tier: Tier, settings: SettingsInput): SimulatedUser {
  const displayName = `${userId.charAt(0).toUpperCase()}${userId.slice(1)}`
  return { userId, displayName, number: numberOf(userId), tier, settings: settingsSchema.parse(settings) }
}

/** Out of the range that is reserved for fiction. */
export function numberOf(userId: string): string {
  return `+13035550${100 + (userId.charCodeAt(0) % 100)}`
}
