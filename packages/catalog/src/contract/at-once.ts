import { describe, expect, test } from 'vitest'
import type { OrgRules } from '@twinreel/recording/settings'
import { AccountError } from '../accounts/account-error.ts'
import { settingsHistory } from '../accounts/history.ts'
import { changeOrgRules, enableOrganization, showOrganization } from '../accounts/organizations.ts'
import { changeSettings, switchRecordingOn } from '../accounts/recording-switch.ts'
import { changeTier } from '../accounts/tiers.ts'
import { placeHold } from '../legal-holds.ts'
import { mediaKeysFor, wrappingKeys } from '../media-keys.ts'
import type { Catalog } from '../open.ts'
import { policiesFor } from '../policies.ts'
import { listRecordings } from '../recordings.ts'
import { recordPurged } from '../purged.ts'
import { claimForPurge, claimedUnfinished, type ClaimOutcome } from '../retention.ts'
import { BECAUSE, CERTIFY, START_MS, bench, benchWithUsers, finishedRecordings, type Bench, type MakeCatalog } from './setup.ts'
import { writeTier } from './write-tier.ts'

const LONG_AFTER_MS = START_MS + 1_000 * 86_400_000
const MANY = 200

function numbered(count: number, name = 'rec'): string[] {
  return Array.from({ length: count }, (_, i) => `${name}-${String(i).padStart(3, '0')}`)
}

/** The bench with many recordings of `ann` that are due. */
async function withDue(make: MakeCatalog, ids: readonly string[]): Promise<Bench> {
  const made = await benchWithUsers(make, 'ann')
  await finishedRecordings(made.recorder, ids)
  made.clock.nowMs = LONG_AFTER_MS
  return made
}

async function claimedAt(catalog: Catalog, recordingId: string): Promise<number | null | undefined> {
  return (await listRecordings(catalog)).find((recording) => recording.recordingId === recordingId)?.claimedAtMs
}

/** What people and retention do at the same moment. */
export function atOnceContract(make: MakeCatalog): void {
  describe('at once', () => {
    test('an upgrade that comes while a claim decides waits for it; one that was committed saves the recording', async () => {
      const made = await withDue(make, ['rec-1', 'rec-2'])
      let upgrade: Promise<void> | undefined
      let upgraded = false
      // The claim asks for the time when it has its turn and has not looked yet.
      const deciding: Catalog = {
        ...made.retention,
        async nowMs(within) {
          upgrade ??= changeTier(made.other, { ...BECAUSE, userId: 'ann', tier: 'standard' }).then(() => void (upgraded = true))
          // Round trips enough for it to go through, if nothing stopped it.
          for (let n = 0; n < 30; n += 1) await within?.selectFrom('accounts').select('tier').execute()
          expect(upgraded).toBe(false)
          return made.retention.nowMs(within)
        },
      }
      expect(await claimForPurge(deciding, ['rec-1'])).toEqual([{ recordingId: 'rec-1', kind: 'claimed' }])
      await upgrade
      expect(await claimForPurge(made.retention, ['rec-2'])).toEqual([{ recordingId: 'rec-2', kind: 'kept', why: 'paid-tier' }])
    })

    test('a hold that is committed while a claim waits for its turn saves the recording', async () => {
      const made = await withDue(make, ['rec-1'])
      let claim: Promise<ClaimOutcome[]> | undefined
      // The hold asks for the time when it has its turn.
      const holding: Catalog = {
        ...made.other,
        async nowMs(within) {
          claim ??= claimForPurge(made.retention, ['rec-1'])
          // Round trips enough for the claim to begin, and to wait.
          for (let n = 0; n < 30; n += 1) await within?.selectFrom('accounts').select('tier').execute()
          return made.other.nowMs(within)
        },
      }
      expect(await placeHold(holding, { ...BECAUSE, orgId: 'acme', subject: 'user', subjectId: 'ann' })).toMatchObject({ keeps: 1, alreadyClaimed: [] })
      expect(await claim).toEqual([{ recordingId: 'rec-1', kind: 'kept', why: 'legal-hold' }])
    })

    test('claims racing with upgrades: what is claimed and what is kept add up, every time', async () => {
      const ids = numbered(MANY)
      const made = await withDue(make, ids)
      const outcomes: ClaimOutcome[] = []
      for (const id of ids) {
        await writeTier(made.catalog, { tier: 'go', sinceMs: START_MS })
        const upgrade = (): Promise<void> => changeTier(made.other, { ...BECAUSE, userId: 'ann', tier: 'standard' })
        const claim = (): Promise<ClaimOutcome[]> => claimForPurge(made.retention, [id])
        if (outcomes.length % 2 === 0) outcomes.push(...(await Promise.all([claim(), upgrade()]))[0])
        else outcomes.push(...(await Promise.all([upgrade(), claim()]))[1])
      }
      expect([...new Set(outcomes.map((outcome) => (outcome.kind === 'kept' ? outcome.why : 'claimed')))].toSorted()).toEqual(
        expect.toBeOneOf([['claimed', 'paid-tier'], ['claimed'], ['paid-tier']]),
      )
      const claimed = outcomes.filter((outcome) => outcome.kind === 'claimed').map((outcome) => outcome.recordingId)
      const unfinished = await claimedUnfinished(made.catalog, { limit: MANY })
      expect(unfinished.map((recording) => recording.recordingId)).toEqual(claimed)
    }, 120_000)

    test('a hold racing with a claim either saves the recording or says that it came too late', async () => {
      const ids = numbered(MANY / 2)
      const made = await withDue(make, ids)
      for (const [i, id] of ids.entries()) {
        const byUser = { subject: 'user', subjectId: 'ann' } as const
        const hold = placeHold(made.other, { ...BECAUSE, orgId: 'acme', ...(i % 2 === 0 ? byUser : { subject: 'recording', subjectId: id }) })
        const [placed, claims] = await Promise.all([hold, claimForPurge(made.retention, [id])])
        const isClaimed = claims[0]?.kind === 'claimed'
        expect(placed.alreadyClaimed.includes(id)).toBe(isClaimed)
        await made.catalog.db.deleteFrom('legal_holds').execute()
      }
    }, 120_000)

    test('two who certify the same purges, in opposite order, don’t stop each other', async () => {
      const ids = numbered(100)
      const made = await withDue(make, ids)
      await claimForPurge(made.retention, ids)
      const claimed = await claimedUnfinished(made.retention, { limit: 100 })
      const certified = await Promise.all([recordPurged(made.retention, claimed, CERTIFY), recordPurged(made.other, claimed.toReversed(), CERTIFY)])
      expect(certified.flatMap((noted) => noted.certified).toSorted()).toEqual(ids)
      expect(await claimedAt(made.catalog, 'rec-000')).toBe(LONG_AFTER_MS)
    })

    test('a call has one media key, whoever asks first and beside whom, in whatever order', async () => {
      const { catalog, other } = await bench(make)
      const wrapping = wrappingKeys([new Uint8Array(32)])
      const ids = numbered(50, 'call')
      const asked = await Promise.all(
        Array.from({ length: 8 }, (_, i) => mediaKeysFor(i % 2 === 0 ? catalog : other, wrapping, i % 4 < 2 ? ids : ids.toReversed())),
      )
      for (const id of ids) expect(new Set(asked.map((keys) => keys.get(id)?.keyId)).size).toBe(1)
    })

    test('changes of one user made at once follow one another in the history', async () => {
      const { catalog, other } = await benchWithUsers(make, 'ann')
      const change = (at: Catalog, i: number): Promise<unknown> =>
        changeSettings(at, { ...BECAUSE, userId: 'ann', settings: { tone: { intervalSeconds: 10 + i } } })
      await Promise.all(Array.from({ length: 12 }, (_, i) => change(i % 2 === 0 ? catalog : other, i)))
      const rows = await catalog.db.selectFrom('settings_history').select('sequence').where('user_id', '=', 'ann').orderBy('sequence').execute()
      expect(rows.map((row) => row.sequence)).toEqual(Array.from({ length: 13 }, (_, i) => i + 1))
      const seconds = (await settingsHistory(other, 'ann')).map((row) => row.settings?.tone.intervalSeconds)
      expect(new Set(seconds.slice(1)).size).toBe(12)
    })

    test('an organization that many enable at once has one namespace', async () => {
      const { catalog, other } = await bench(make)
      const enable = (at: Catalog): Promise<unknown> => enableOrganization(at, { ...BECAUSE, orgId: 'acme', name: 'Acme', partnerId: 'carrier' })
      await Promise.all([enable(catalog), enable(other), enable(catalog), enable(other)])
      const namespace = async (): Promise<string | undefined> => (await catalog.db.selectFrom('orgs').select('id_namespace').executeTakeFirst())?.id_namespace
      const before = await namespace()
      await enable(other)
      expect(await namespace()).toBe(before)
      const rows = await catalog.db.selectFrom('org_history').select('sequence').orderBy('sequence').execute()
      expect(rows.map((row) => row.sequence)).toEqual([1, 2, 3, 4, 5])
    })

    test('rules that are changed at once are all changed', async () => {
      const { catalog, other } = await benchWithUsers(make)
      const change = (at: Catalog, rules: Partial<OrgRules>): Promise<unknown> => changeOrgRules(at, { ...BECAUSE, orgId: 'acme', rules })
      for (const seconds of [30, 31, 32, 33, 34]) {
        await Promise.all([change(catalog, { idleEndSeconds: seconds }), change(other, { segmentSeconds: seconds })])
        expect((await showOrganization(catalog, 'acme'))?.rules).toMatchObject({ idleEndSeconds: seconds, segmentSeconds: seconds })
      }
    })

    test('of two users who are given one platform identity at once, one gets it', async () => {
      const { catalog, other } = await benchWithUsers(make, 'ann', 'bob')
      const platform = { serviceProvider: 'sp', externalGroup: 'group', externalIdentifier: 'line-7' }
      const on = (at: Catalog, userId: string): Promise<void> => switchRecordingOn(at, { ...BECAUSE, userId, settings: {}, platform })
      const results = await Promise.allSettled([on(catalog, 'ann'), on(other, 'bob')])
      const refused = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []))
      expect(refused.map((error) => (error instanceof AccountError ? error.code : error))).toEqual(['identity-taken'])
    })

    test('of many who ask for a policy at once with different times, one wins for all', async () => {
      const { recorder, other, catalog, clock } = await benchWithUsers(make, 'ann')
      clock.nowMs += 1_000
      await changeSettings(catalog, { ...BECAUSE, userId: 'ann', settings: { mode: 'never' } })
      for (const callId of numbered(20, 'call')) {
        const ask = (at: Catalog, asOfMs: number, ...ids: string[]): ReturnType<typeof policiesFor> =>
          policiesFor(at, { callId, orgId: 'acme', participants: ids.map((participantId) => ({ participantId, userId: 'ann' })), asOfMs })
        const answers = await Promise.all([ask(recorder, START_MS, 'p1', 'p2'), ask(other, clock.nowMs, 'p2', 'p1'), ask(recorder, clock.nowMs, 'p3', 'p1')])
        expect(new Set(answers.flatMap((answer) => Object.values(answer).map((policy) => policy?.settings.mode))).size).toBe(1)
      }
    })
  })
}
