import { settingsSchema, type SettingsInput } from '@twinreel/recording/settings'
import type { People } from '@twinreel/simulator/people'
import { COMPANY } from '@twinreel/twinreel/demo/calls/company'
import { EVERYDAY } from '@twinreel/twinreel/demo/calls/everyday'
import { ON_DEMAND } from '@twinreel/twinreel/demo/calls/on-demand'
import { PAUSES } from '@twinreel/twinreel/demo/calls/pauses'
import { ANSWERED, called, caller, hangUp, press, scene, type Scene } from '@twinreel/twinreel/demo/calls/scene'
import { TROUBLE } from '@twinreel/twinreel/demo/calls/trouble'
import { VOICEMAIL } from '@twinreel/twinreel/demo/calls/voicemail'
import { PEOPLE } from '@twinreel/twinreel/demo/people'
import type { Faults } from '@twinreel/simulator/faults'

/** A call whose history is kept. */
export interface KeptScene {
  plan: Scene['plan']
  faults: Partial<Faults>
  /** With its audio, which is a sound that nobody spoke, its names, and what was recorded then; else events alone, anonymized. */
  isWhole: boolean
}

const quiet: SettingsInput = { mode: 'always-pause-resume', startStopAnnouncement: { internal: false, pstn: false }, tone: { enabled: false } }

function organization(orgId: string, rules: People['rules'], users: Readonly<Record<string, SettingsInput>>): People {
  return {
    ...PEOPLE,
    orgId,
    name: orgId,
    idNamespace: PEOPLE.idNamespace.replace(/^.{8}/, Buffer.from(orgId).toString('hex').slice(0, 8)),
    rules,
    users: Object.entries(users).map(([userId, settings]) => ({
      userId,
      displayName: userId,
      number: '+13035550199',
      tier: 'standard',
      settings: settingsSchema.parse(settings),
    })),
  }
}

/** The demo's organization, and others whose rules are not the usual ones. */
export const ORGANIZATIONS: readonly People[] = [
  PEOPLE,
  organization('strict', { failureBehavior: 'end-call', recordEmergency: true }, { kai: { mode: 'always' } }),
  organization('lenient', { failureBehavior: 'proceed-without-announcement', segmentSeconds: 5 }, { lea: { mode: 'always' }, mia: quiet, noa: quiet }),
]

type Plan = Parameters<typeof scene>[1]
type Ends = Pick<Plan, 'direction' | 'participants' | 'answeredBy'>

function of(orgId: string, plan: Plan, faults: Partial<Faults> = {}, isWhole = false): KeptScene {
  return { plan: { ...scene('', plan).plan, orgId }, faults, isWhole }
}

const withLea: Ends = { direction: 'inbound', participants: [caller(null), called('lea')], answeredBy: ANSWERED }
const withMia: Ends = { direction: 'outbound', participants: [caller('mia'), called(null)], answeredBy: ANSWERED }

const MORE: readonly KeptScene[] = [
  of('strict', {
    callId: 'released',
    direction: 'inbound',
    participants: [caller(null), called('kai')],
    answeredBy: ANSWERED,
    announcements: 'fail',
    actions: [hangUp(20_000)],
  }),
  of('strict', {
    callId: 'emergency-recorded',
    direction: 'outbound',
    callType: 'emergency',
    participants: [caller('kai'), called(null)],
    answeredBy: ANSWERED,
    actions: [hangUp(9_000)],
  }),
  of('lenient', { callId: 'announcement-fails', ...withLea, announcements: 'fail', actions: [hangUp(12_000)] }),
  of('lenient', { callId: 'announcement-unanswered', ...withLea, announcements: 'ignore', actions: [hangUp(24_000)] }),
  of(PEOPLE.orgId, {
    callId: 'failed-and-told',
    direction: 'inbound',
    participants: [caller(null), called('ada')],
    answeredBy: ANSWERED,
    announcements: 'fail',
    actions: [hangUp(12_000)],
  }),
  of('lenient', { callId: 'fax', ...withLea, callType: 'fax', actions: [hangUp(8_000)] }),
  of('lenient', {
    callId: 'renegotiated',
    ...withMia,
    actions: [
      { do: 'renegotiate', atMs: 6_000, streamId: 'caller', codec: 'PCMA' },
      { do: 'renegotiate', atMs: 10_500, streamId: 'caller', codec: 'L16', sampleRateHz: 16_000 },
      hangUp(15_000),
    ],
  }),
  of(
    'lenient',
    {
      callId: 'twice-and-late',
      ...withMia,
      actions: [press('pause', 'mia', 7_000), press('pause', 'mia', 8_000), press('resume', 'mia', 12_500), hangUp(20_000)],
    },
    { loss: 0.01, duplicate: 0.2, reorder: 0.3 },
  ),
  of('lenient', {
    callId: 'no-gate',
    ...withMia,
    capabilities: { prompts: 'none', gate: false, indicator: false },
    actions: [press('pause', 'mia', 5_250), press('resume', 'mia', 9_000), hangUp(14_000)],
  }),
  of('lenient', { callId: 'short-pause', ...withMia, actions: [press('pause', 'mia', 2_130), press('resume', 'mia', 3_470), hangUp(6_000)] }, {}, true),
  of(
    'lenient',
    {
      callId: 'both-recorded',
      direction: 'internal',
      callType: 'internal',
      participants: [caller('mia'), called('noa')],
      answeredBy: ANSWERED,
      actions: [hangUp(4_000)],
    },
    {},
    true,
  ),
]

export const SCENES: readonly KeptScene[] = [
  ...[...EVERYDAY, ...PAUSES, ...ON_DEMAND, ...VOICEMAIL, ...COMPANY, ...TROUBLE].map(({ plan, loss = 0 }) => ({ plan, faults: { loss }, isWhole: false })),
  ...MORE,
]
