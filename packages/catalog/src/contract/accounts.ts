import { describe, expect, test } from 'vitest'
import { AccountError } from '../accounts/account-error.ts'
import { settingsAsOf, settingsHistory, tierHistory } from '../accounts/history.ts'
import { changeOrgRules, disableOrganization, enableOrganization, showOrganization } from '../accounts/organizations.ts'
import { changeSettings, switchRecordingOff, switchRecordingOn } from '../accounts/recording-switch.ts'
import { listUsers, showUser } from '../accounts/show.ts'
import { changeTier } from '../accounts/tiers.ts'
import { addUser, changeLicence } from '../accounts/users.ts'
import { setRetentionWatermark } from '../retention-clock.ts'
import { BECAUSE, START_MS, bench, benchWithUsers, type MakeCatalog } from './setup.ts'

async function codeOf(attempt: Promise<unknown>): Promise<string> {
  const error: unknown = await attempt.then(
    () => null,
    (thrown: unknown) => thrown,
  )
  return error instanceof AccountError ? error.code : `no AccountError but ${String(error)}`
}

export function accountsContract(make: MakeCatalog): void {
  describe('accounts', () => {
    test('recording is switched on for a licensed user of an enabled organization only', async () => {
      const { catalog } = await bench(make)
      const on = (userId: string): Promise<void> => switchRecordingOn(catalog, { ...BECAUSE, userId, settings: { mode: 'always' } })
      expect(await codeOf(on('ann'))).toBe('unknown-user')
      expect(await codeOf(addUser(catalog, { ...BECAUSE, userId: 'ann', orgId: 'acme', licence: 'basic' }))).toBe('unknown-org')
      await enableOrganization(catalog, { ...BECAUSE, orgId: 'acme', name: 'Acme', partnerId: 'carrier' })
      await addUser(catalog, { ...BECAUSE, userId: 'ann', orgId: 'acme', licence: null })
      expect(await codeOf(on('ann'))).toBe('no-licence')
      await changeLicence(catalog, { ...BECAUSE, userId: 'ann', orgId: 'acme', licence: 'basic' })
      await disableOrganization(catalog, { ...BECAUSE, orgId: 'acme' })
      expect(await codeOf(on('ann'))).toBe('org-disabled')
      await enableOrganization(catalog, { ...BECAUSE, orgId: 'acme', name: 'Acme', partnerId: 'carrier' })
      await on('ann')
      expect(await showUser(catalog, 'ann')).toMatchObject({
        orgId: 'acme',
        account: {
          recordingOn: true,
          tier: 'go',
          product: 'twinreel',
          externalType: 'BroadWorks',
          platform: { serviceProvider: 'carrier', externalGroup: 'acme', externalIdentifier: 'ann@acme' },
        },
        settings: { mode: 'always', tone: { enabled: true, intervalSeconds: 20 } },
      })
    })

    test('switching off clears the settings and keeps the account, which on again finds', async () => {
      const { catalog, clock } = await benchWithUsers(make, 'ann')
      await changeTier(catalog, { ...BECAUSE, userId: 'ann', tier: 'standard' })
      const before = await showUser(catalog, 'ann')
      clock.nowMs += 1_000
      await switchRecordingOff(catalog, { ...BECAUSE, userId: 'ann' })
      const off = await showUser(catalog, 'ann')
      expect(off?.settings).toBeNull()
      expect(off?.account).toMatchObject({ accountId: before?.account?.accountId, recordingOn: false, tier: 'standard' })
      clock.nowMs += 1_000
      await switchRecordingOn(catalog, { ...BECAUSE, userId: 'ann', settings: { mode: 'always' } })
      expect((await showUser(catalog, 'ann'))?.account).toEqual(before?.account)
      expect((await settingsHistory(catalog, 'ann')).map((row) => row.settings?.mode ?? null)).toEqual(['always', null, 'always'])
    })

    test('what was in force at a moment is known for good', async () => {
      const { catalog, clock } = await benchWithUsers(make, 'ann')
      clock.nowMs = START_MS + 5_000
      await changeSettings(catalog, { ...BECAUSE, userId: 'ann', settings: { mode: 'always-pause-resume', tone: { enabled: false } } })
      clock.nowMs = START_MS + 9_000
      await switchRecordingOff(catalog, { ...BECAUSE, userId: 'ann' })
      expect(await settingsAsOf(catalog, 'ann', START_MS - 1)).toBeNull()
      expect((await settingsAsOf(catalog, 'ann', START_MS))?.mode).toBe('always')
      expect(await settingsAsOf(catalog, 'ann', START_MS + 5_000)).toMatchObject({ mode: 'always-pause-resume', tone: { enabled: false, intervalSeconds: 20 } })
      expect(await settingsAsOf(catalog, 'ann', START_MS + 9_000)).toBeNull()
    })

    test('a clock set back does not put a change before the one it follows', async () => {
      const { catalog, clock } = await benchWithUsers(make, 'ann')
      clock.nowMs = START_MS - 60_000
      await changeSettings(catalog, { ...BECAUSE, userId: 'ann', settings: { mode: 'never' } })
      expect((await settingsHistory(catalog, 'ann')).map((row) => row.fromMs)).toEqual([START_MS, START_MS])
      expect((await settingsAsOf(catalog, 'ann', START_MS))?.mode).toBe('never')
    })

    test('who asks and why must be a line that can be read, of everything that is changed', async () => {
      const { catalog } = await benchWithUsers(make, 'ann')
      const move = (because: Partial<typeof BECAUSE>) => changeTier(catalog, { ...BECAUSE, ...because, userId: 'ann', tier: 'standard' })
      await expect(move({ reason: ' \u00A0\u200B' })).rejects.toThrow('reason: must not be blank')
      await expect(move({ actor: '' })).rejects.toThrow('actor: must not be blank')
      const [escape, twoLines, backwards] = ['\u001B[2Jgone', 'one\ntwo', 'file \u202Efdp']
      for (const reason of [escape, twoLines, backwards]) await expect(move({ reason })).rejects.toThrow('reason: must be one line without control characters')
      await expect(move({ actor: 'a'.repeat(257) })).rejects.toThrow('actor: must have 256 characters at most')
      await expect(switchRecordingOff(catalog, { ...BECAUSE, reason: '\t', userId: 'ann' })).rejects.toMatchObject({ code: 'invalid-input', field: 'reason' })
      await move({ reason: 'gekündigt, “wie besprochen” 👍🏽', actor: '管理者' })
      expect((await tierHistory(catalog, 'ann')).at(-1)).toMatchObject({ tier: 'standard', reason: 'gekündigt, “wie besprochen” 👍🏽', actor: '管理者' })
    })

    test('an account is not made by a clock that lies behind what retention has seen by it: its thirty days would be over too early', async () => {
      const { catalog, retention, clock } = await benchWithUsers(make, 'ann')
      await addUser(catalog, { ...BECAUSE, userId: 'bob', orgId: 'acme', licence: 'basic' })
      await setRetentionWatermark(retention, clock.nowMs + 3_600_001)
      const on = (userId: string) => switchRecordingOn(catalog, { ...BECAUSE, userId, settings: { mode: 'always' } })
      expect(await codeOf(on('bob'))).toBe('clock-behind')
      // Whose account there is has come to the free tier before.
      await on('ann')
    })

    test('a wrong setting is refused by its field', async () => {
      const { catalog } = await benchWithUsers(make, 'ann')
      const attempt = changeSettings(catalog, { ...BECAUSE, userId: 'ann', settings: { tone: { intervalSeconds: 91 } } })
      await expect(attempt).rejects.toThrow('settings.tone.intervalSeconds: must be 10 to 90 seconds')
      const misspelt = { mood: 'always' } as Parameters<typeof changeSettings>[1]['settings']
      await expect(changeSettings(catalog, { ...BECAUSE, userId: 'ann', settings: misspelt })).rejects.toThrow('mood')
      await switchRecordingOff(catalog, { ...BECAUSE, userId: 'ann' })
      expect(await codeOf(changeSettings(catalog, { ...BECAUSE, userId: 'ann', settings: { mode: 'never' } }))).toBe('not-switched-on')
    })

    test('the tier’s clock starts when the tier changes, and only then', async () => {
      const { catalog, clock } = await benchWithUsers(make, 'ann')
      const since = async (): Promise<number | undefined> => (await showUser(catalog, 'ann'))?.account?.tierSinceMs
      clock.nowMs += 1_000
      await changeTier(catalog, { ...BECAUSE, userId: 'ann', tier: 'go' })
      expect(await since()).toBe(START_MS)
      clock.nowMs += 1_000
      await changeTier(catalog, { ...BECAUSE, userId: 'ann', tier: 'ai' })
      expect(await since()).toBe(START_MS + 2_000)
      expect((await tierHistory(catalog, 'ann')).map((row) => row.tier)).toEqual(['go', 'ai'])
    })

    test('without a licence recording is off', async () => {
      const { catalog } = await benchWithUsers(make, 'ann')
      await changeLicence(catalog, { ...BECAUSE, userId: 'ann', orgId: 'acme', licence: null })
      expect(await showUser(catalog, 'ann')).toMatchObject({ licence: null, settings: null, account: { recordingOn: false, tier: 'go' } })
    })

    test('a platform identity names one user of an organization', async () => {
      const { catalog } = await benchWithUsers(make, 'ann', 'bob')
      const platform = { serviceProvider: 'sp', externalGroup: 'group', externalIdentifier: 'line-7' }
      await switchRecordingOn(catalog, { ...BECAUSE, userId: 'ann', settings: {}, platform })
      expect(await codeOf(switchRecordingOn(catalog, { ...BECAUSE, userId: 'bob', settings: {}, platform }))).toBe('identity-taken')
      expect((await listUsers(catalog, 'acme')).map((user) => [user.userId, user.account?.platform.externalIdentifier])).toEqual([
        ['ann', 'line-7'],
        ['bob', 'bob@acme'],
      ])
    })

    test('an organization keeps its namespace, and takes new rules', async () => {
      const { catalog } = await benchWithUsers(make)
      const again = { ...BECAUSE, orgId: 'acme', name: 'Acme', partnerId: 'carrier', idNamespace: '6ba7b810-9dad-41d1-80b4-00c04fd430c8' }
      expect(await codeOf(enableOrganization(catalog, again))).toBe('namespace-fixed')
      await changeOrgRules(catalog, { ...BECAUSE, orgId: 'acme', rules: { idleEndSeconds: 60 } })
      await expect(changeOrgRules(catalog, { ...BECAUSE, orgId: 'acme', rules: { idleEndSeconds: 5 } })).rejects.toThrow('rules.idleEndSeconds')
      expect((await showOrganization(catalog, 'acme'))?.rules).toMatchObject({ idleEndSeconds: 60, segmentSeconds: 60 })
      expect(await codeOf(enableOrganization(catalog, { ...again, orgId: '../acme' }))).toBe('invalid-input')
    })

    test('switched on by many at once, a user has one account', async () => {
      const { catalog, other } = await benchWithUsers(make)
      await addUser(catalog, { ...BECAUSE, userId: 'ann', orgId: 'acme', licence: 'professional' })
      const on = (at: typeof catalog): Promise<void> => switchRecordingOn(at, { ...BECAUSE, userId: 'ann', settings: { mode: 'always' } })
      await Promise.all([on(catalog), on(other), on(catalog), on(other)])
      expect(await catalog.db.selectFrom('accounts').selectAll().execute()).toHaveLength(1)
      expect((await settingsHistory(catalog, 'ann')).length).toBe(4)
      expect((await tierHistory(other, 'ann')).length).toBe(1)
    })
  })
}
