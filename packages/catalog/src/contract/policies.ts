import { describe, expect, test } from 'vitest'
import { DEFAULT_SETTINGS } from '@twinreel/recording/settings'
import { disableOrganization, enableOrganization } from '../accounts/organizations.ts'
import { changeSettings, switchRecordingOff } from '../accounts/recording-switch.ts'
import { addUser } from '../accounts/users.ts'
import { policiesFor, policiesForCalls } from '../policies.ts'
import { BECAUSE, START_MS, benchWithUsers, type MakeCatalog } from './setup.ts'

const call = { callId: 'call-1', orgId: 'acme' }
const ann = { participantId: 'p1', userId: 'ann' }

export function policiesContract(make: MakeCatalog): void {
  describe('policies', () => {
    test('a policy is what was in force when the call was answered, however late it is asked for', async () => {
      const { catalog, clock, recorder } = await benchWithUsers(make, 'ann')
      clock.nowMs = START_MS + 10_000
      await changeSettings(catalog, { ...BECAUSE, userId: 'ann', settings: { mode: 'never' } })
      const policies = await policiesFor(recorder, { ...call, participants: [ann], asOfMs: START_MS + 9_999 })
      expect(policies['p1']).toMatchObject({ ownerId: 'ann', orgId: 'acme', settings: { mode: 'always' }, rules: { segmentSeconds: 60 } })
    })

    test('once stored it stays, whatever changes', async () => {
      const { catalog, other, recorder } = await benchWithUsers(make, 'ann')
      const participants = [ann, { participantId: 'p2', userId: 'stranger' }]
      const first = await policiesFor(recorder, { ...call, participants, asOfMs: START_MS })
      await switchRecordingOff(catalog, { ...BECAUSE, userId: 'ann' })
      await addUser(catalog, { ...BECAUSE, userId: 'stranger', orgId: 'acme', licence: 'basic' })
      expect(first['p2']).toBeNull()
      expect(await policiesFor(other, { ...call, participants, asOfMs: START_MS + 1_000 })).toEqual(first)
    })

    test('nobody we know is null: no id, an unknown one, or a user of another organization', async () => {
      const { catalog, recorder } = await benchWithUsers(make, 'ann')
      await enableOrganization(catalog, { ...BECAUSE, orgId: 'rival', name: 'Rival', partnerId: 'carrier' })
      const participants = [{ participantId: 'p1' }, { participantId: 'p2', userId: 'nobody' }, { participantId: 'p3', userId: 'ann' }]
      expect(await policiesFor(recorder, { callId: 'call-1', orgId: 'rival', participants, asOfMs: START_MS })).toEqual({ p1: null, p2: null, p3: null })
    })

    test('a user is found by the identity of the platform', async () => {
      const { recorder } = await benchWithUsers(make, 'ann')
      const platform = { serviceProvider: 'carrier', externalGroup: 'acme', externalIdentifier: 'ann@acme' }
      const policies = await policiesFor(recorder, { ...call, participants: [{ participantId: 'p1', platform }], asOfMs: START_MS })
      expect(policies['p1']?.ownerId).toBe('ann')
    })

    test('nothing chosen, switched off, or an organization that is not enabled records nothing', async () => {
      const { catalog, clock, recorder } = await benchWithUsers(make, 'ann', 'bob')
      await addUser(catalog, { ...BECAUSE, userId: 'eve', orgId: 'acme', licence: 'basic' })
      await switchRecordingOff(catalog, { ...BECAUSE, userId: 'bob' })
      const of = (userId: string, participantId: string) => ({ participantId, userId })
      const before = await policiesFor(recorder, { ...call, participants: [of('bob', 'p2'), of('eve', 'p3')], asOfMs: START_MS })
      expect([before['p2']?.settings, before['p3']?.settings]).toEqual([DEFAULT_SETTINGS, DEFAULT_SETTINGS])
      clock.nowMs += 1_000
      await disableOrganization(catalog, { ...BECAUSE, orgId: 'acme' })
      const after = await policiesFor(recorder, { ...call, callId: 'call-2', participants: [ann], asOfMs: clock.nowMs })
      expect(after['p1']?.settings.mode).toBe('never')
    })

    test('an owner who comes back as another participant keeps the policy of the call', async () => {
      const { catalog, clock, recorder } = await benchWithUsers(make, 'ann')
      await policiesFor(recorder, { ...call, participants: [ann], asOfMs: START_MS })
      clock.nowMs += 1_000
      await switchRecordingOff(catalog, { ...BECAUSE, userId: 'ann' })
      const again = await policiesFor(recorder, { ...call, participants: [{ participantId: 'p9', userId: 'ann' }], asOfMs: clock.nowMs })
      expect(again['p9']?.settings.mode).toBe('always')
    })

    test('many calls are answered at once, each as if it were asked alone', async () => {
      const { catalog, recorder, clock } = await benchWithUsers(make, 'ann', 'bob')
      clock.nowMs = START_MS + 1_000
      await changeSettings(catalog, { ...BECAUSE, userId: 'ann', settings: { mode: 'never' } })
      const stored = await policiesFor(recorder, { ...call, callId: 'call-2', participants: [ann], asOfMs: START_MS })
      const bob = { participantId: 'p2', platform: { serviceProvider: 'carrier', externalGroup: 'acme', externalIdentifier: 'bob@acme' } }
      const requests = [
        { ...call, participants: [ann, bob], asOfMs: START_MS },
        { ...call, callId: 'call-2', participants: [ann], asOfMs: clock.nowMs },
        { ...call, callId: 'call-3', participants: [], asOfMs: START_MS },
        { ...call, callId: 'call-4', participants: [ann, { participantId: 'p3' }], asOfMs: clock.nowMs },
        { ...call, callId: 'call-4', participants: [{ participantId: 'p4', userId: 'ann' }, bob], asOfMs: START_MS },
      ]
      const answers = await policiesForCalls(recorder, requests)
      const modes = answers.map((answer) => Object.fromEntries(Object.entries(answer).map(([id, policy]) => [id, policy?.settings.mode])))
      expect(modes).toEqual([{ p1: 'always', p2: 'always' }, { p1: 'always' }, {}, { p1: 'never', p3: undefined }, { p4: 'never', p2: 'always' }])
      expect(answers[1]).toEqual(stored)
      expect(await policiesForCalls(recorder, requests)).toEqual(answers)
    })

    test('of two who ask at once with different times, one wins for both', async () => {
      const { catalog, other, clock, recorder } = await benchWithUsers(make, 'ann')
      clock.nowMs += 1_000
      await changeSettings(catalog, { ...BECAUSE, userId: 'ann', settings: { mode: 'never' } })
      const answers = await Promise.all([
        policiesFor(recorder, { ...call, participants: [ann], asOfMs: START_MS }),
        policiesFor(other, { ...call, participants: [ann], asOfMs: clock.nowMs }),
      ])
      expect(answers[0]).toEqual(answers[1])
    })
  })
}
