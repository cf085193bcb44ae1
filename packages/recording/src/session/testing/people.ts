import type { Participant, StreamDescription } from '@twinreel/contracts/call-events'
import type { Policy } from '../../policy.ts'
import { orgRulesSchema, settingsSchema, type OrgRules, type SettingsInput } from '../../settings.ts'

export type Name = 'alice' | 'bob' | 'carol'

const NAMESPACE = '6f0e5d4c-3b2a-4190-8f7e-6d5c4b3a2910'

/** Nothing is announced or toned unless a test asks for it. */
const QUIET: SettingsInput = { startStopAnnouncement: { internal: false, pstn: false }, tone: { enabled: false } }

export function policyOf(name: Name, settings: SettingsInput, rules: Partial<OrgRules> = {}): Policy {
  return { ownerId: name, orgId: 'acme', settings: settingsSchema.parse({ ...QUIET, ...settings }), rules: orgRulesSchema.parse(rules), idNamespace: NAMESPACE }
}

export function participant(name: string, role: Participant['role'] = name === 'alice' ? 'originating' : 'terminating'): Participant {
  return { participantId: name, role, userId: name }
}

/** The audio `name` sends: a millisecond is eight samples and eight bytes unless told otherwise. */
export function streamOf(name: string, format: Pick<StreamDescription, 'codec' | 'sampleRateHz'> = { codec: 'PCMU', sampleRateHz: 8_000 }): StreamDescription {
  return { streamId: `${name}-audio`, participantIds: [name], ...format }
}
