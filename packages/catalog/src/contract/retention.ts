import { describe, expect, test } from 'vitest'
import { GO_RETENTION_MS } from '@twinreel/recording/retention'
import { enableOrganization } from '../accounts/organizations.ts'
import { switchRecordingOn } from '../accounts/recording-switch.ts'
import { moveTiers } from '../accounts/tier-moves.ts'
import { changeTier } from '../accounts/tiers.ts'
import { addUser } from '../accounts/users.ts'
import { listHolds, placeHold, releaseHold } from '../legal-holds.ts'
import { takeOutbox } from '../outbox.ts'
import { listRecordings, showRecording } from '../recordings.ts'
import { segmentRows } from '../recorder.ts'
import { retentionWatermark, setRetentionWatermark } from '../retention-clock.ts'
import { recordPurged } from '../purged.ts'
import { dueCandidates } from '../due.ts'
import { claimForPurge, claimedUnfinished } from '../retention.ts'
import { tierContradictions, tierContradictionsByOrg } from '../tier-contradictions.ts'
import { BECAUSE, CERTIFY, START_MS, benchWithUsers, finishedRecordings, type Bench, type MakeCatalog } from './setup.ts'
import { writeTier } from './write-tier.ts'

const ENDED_MS = START_MS + 2_500
const DUE_MS = ENDED_MS + GO_RETENTION_MS

async function due({ retention, clock }: Bench): Promise<string[]> {
  return (await dueCandidates(retention, { nowMs: clock.nowMs, limit: 100 })).recordingIds
}

export function retentionContract(make: MakeCatalog): void {
  describe('retention', () => {
    test('a free recording is due 720 hours after its end, to the millisecond', async () => {
      const made = await benchWithUsers(make, 'ann')
      await finishedRecordings(made.recorder, ['rec-1'])
      made.clock.nowMs = DUE_MS - 1
      expect(await due(made)).toEqual([])
      expect(await claimForPurge(made.retention, ['rec-1'])).toEqual([{ recordingId: 'rec-1', kind: 'kept', why: 'not-due' }])
      made.clock.nowMs = DUE_MS
      expect(await due(made)).toEqual(['rec-1'])
      expect(await claimForPurge(made.retention, ['rec-1'])).toEqual([{ recordingId: 'rec-1', kind: 'claimed' }])
      expect(await due(made)).toEqual([])
    })

    test('paid, held and unknown owners’ recordings stay; what nobody kept goes at once', async () => {
      const made = await benchWithUsers(make, 'ann', 'bob', 'carol')
      const { catalog } = made
      await finishedRecordings(made.recorder, ['free'])
      await finishedRecordings(made.recorder, ['paid'], { ownerId: 'bob' })
      await finishedRecordings(made.recorder, ['held'], { ownerId: 'carol' })
      await finishedRecordings(made.recorder, ['orphan'], { ownerId: 'nobody' })
      await finishedRecordings(made.recorder, ['not-kept'], { ownerId: 'bob', status: 'not-kept', provisional: true })
      await changeTier(catalog, { ...BECAUSE, userId: 'bob', tier: 'standard' })
      await placeHold(catalog, { ...BECAUSE, orgId: 'acme', subject: 'user', subjectId: 'carol' })
      made.clock.nowMs = ENDED_MS
      expect(await due(made)).toEqual(['not-kept'])
      made.clock.nowMs = DUE_MS
      expect(await due(made)).toEqual(['not-kept', 'free'])
      expect(await claimForPurge(made.retention, ['free', 'held', 'not-kept', 'orphan', 'paid', 'absent'])).toEqual([
        { recordingId: 'free', kind: 'claimed' },
        { recordingId: 'held', kind: 'kept', why: 'legal-hold' },
        { recordingId: 'not-kept', kind: 'claimed' },
        { recordingId: 'orphan', kind: 'kept', why: 'unknown-owner' },
        { recordingId: 'paid', kind: 'kept', why: 'paid-tier' },
        { recordingId: 'absent', kind: 'kept', why: 'unknown-recording' },
      ])
    })

    test('a tier nobody knows keeps', async () => {
      const made = await benchWithUsers(make, 'ann')
      await finishedRecordings(made.recorder, ['rec-1'])
      await writeTier(made.catalog, { tier: 'platinum', sinceMs: START_MS }, { userIds: ['ann'] })
      made.clock.nowMs = DUE_MS
      expect(await claimForPurge(made.retention, ['rec-1'])).toEqual([{ recordingId: 'rec-1', kind: 'kept', why: 'unknown-tier' }])
    })

    test('a tier that the last row of its history does not say as well keeps, and a move decides it anew', async () => {
      const made = await benchWithUsers(make, 'ann', 'bob', 'carol')
      for (const ownerId of ['ann', 'bob', 'carol']) await finishedRecordings(made.recorder, [`of-${ownerId}`], { ownerId })
      made.clock.nowMs += 1
      for (const userId of ['ann', 'bob']) await changeTier(made.catalog, { ...BECAUSE, userId, tier: 'standard' })
      made.clock.nowMs = DUE_MS
      const written = [
        { tier: 'go' },
        // As an earlier row says.
        { tier: 'go', tier_since_ms: START_MS },
        { tier_since_ms: 0 },
        { tier_change: 'change-1' },
      ]
      const before = await made.catalog.db.selectFrom('accounts').select(['user_id', 'tier', 'tier_since_ms', 'tier_change']).execute()
      for (const values of written) {
        await made.catalog.db.updateTable('accounts').set(values).execute()
        const kept = { kind: 'kept', why: 'unknown-tier' }
        expect(await claimForPurge(made.retention, ['of-ann', 'of-bob'])).toEqual([
          { recordingId: 'of-ann', ...kept },
          { recordingId: 'of-bob', ...kept },
        ])
        expect(await due(made)).not.toContain('of-ann')
        expect((await showRecording(made.catalog, 'of-ann'))?.tier).toBeNull()
        for (const { user_id: userId, ...row } of before) await made.catalog.db.updateTable('accounts').set(row).where('user_id', '=', userId).execute()
      }
      // The history without the account is no better.
      const place = { user_id: 'carol', sequence: 2, from_ms: START_MS, tier: 'standard', change_id: null, ...BECAUSE }
      await made.catalog.db.insertInto('tier_history').values(place).execute()
      expect(await due(made)).toEqual([])
      expect(await claimForPurge(made.retention, ['of-carol'])).toEqual([{ recordingId: 'of-carol', kind: 'kept', why: 'unknown-tier' }])
      expect(await tierContradictions(made.catalog, { limit: 10 })).toEqual([
        {
          userId: 'carol',
          orgId: 'acme',
          account: { tier: 'go', sinceMs: START_MS, changeId: null },
          history: { tier: 'standard', sinceMs: START_MS, changeId: null },
        },
      ])
      expect(await tierContradictionsByOrg(made.catalog, { orgId: 'acme' })).toEqual([{ orgId: 'acme', users: 1, firstUserId: 'carol' }])
      await made.catalog.db.deleteFrom('tier_history').where('user_id', '=', 'bob').execute()
      expect(await tierContradictions(made.catalog, { userId: 'bob', limit: 10 })).toMatchObject([{ history: null }])
      expect(await tierContradictions(made.catalog, { afterUserId: 'bob', limit: 10 })).toMatchObject([{ userId: 'carol' }])
      const moved = await moveTiers(made.catalog, { ...BECAUSE, tier: 'go', users: { userIds: ['bob', 'carol'] }, confirm: 2 })
      expect(moved.total).toMatchObject({ users: 2, unchanged: 0, becomeDue: 2, firstDueAtMs: DUE_MS + GO_RETENTION_MS })
      expect(await tierContradictions(made.catalog, { limit: 10 })).toEqual([])
      made.clock.nowMs = DUE_MS + GO_RETENTION_MS
      expect(await due(made)).toEqual(['of-bob', 'of-carol'])
      await made.catalog.db.updateTable('accounts').set({ tier: 'go' }).execute()
      await changeTier(made.catalog, { ...BECAUSE, userId: 'ann', tier: 'go' })
      expect(await tierContradictions(made.catalog, { limit: 10 })).toEqual([])
    })

    test('back on the free tier, the thirty days begin anew', async () => {
      const made = await benchWithUsers(make, 'ann')
      await finishedRecordings(made.recorder, ['rec-1'])
      await changeTier(made.catalog, { ...BECAUSE, userId: 'ann', tier: 'ai' })
      made.clock.nowMs = DUE_MS
      await changeTier(made.catalog, { ...BECAUSE, userId: 'ann', tier: 'go' })
      expect(await due(made)).toEqual([])
      expect((await showRecording(made.catalog, 'rec-1'))?.dueAtMs).toBe(DUE_MS + GO_RETENTION_MS)
      made.clock.nowMs = DUE_MS + GO_RETENTION_MS
      expect(await due(made)).toEqual(['rec-1'])
    })

    test('a hold keeps until it is released, and names what it came too late for', async () => {
      const made = await benchWithUsers(make, 'ann')
      const { catalog } = made
      await finishedRecordings(made.recorder, ['rec-1', 'rec-2'])
      made.clock.nowMs = DUE_MS
      await claimForPurge(made.retention, ['rec-1'])
      const hold = await placeHold(catalog, { ...BECAUSE, orgId: 'acme', subject: 'user', subjectId: 'ann' })
      expect(hold.alreadyClaimed).toEqual(['rec-1'])
      expect(await due(made)).toEqual([])
      expect((await showRecording(catalog, 'rec-2'))?.legalHold).toBe(true)
      await releaseHold(catalog, { ...BECAUSE, holdId: hold.holdId })
      expect(await due(made)).toEqual(['rec-2'])
      expect(await listHolds(catalog, 'acme')).toMatchObject([{ subjectId: 'ann', releasedAtMs: DUE_MS }])
      await expect(placeHold(catalog, { ...BECAUSE, orgId: 'other', subject: 'recording', subjectId: 'rec-2' })).rejects.toThrow('no recording rec-2')
    })

    test('what another organization says of a recording or its owner neither keeps it nor lets it go', async () => {
      const made = await benchWithUsers(make, 'ann')
      const { catalog } = made
      await finishedRecordings(made.recorder, ['rec-1'])
      await finishedRecordings(made.recorder, ['orphan'], { ownerId: 'nobody' })
      await enableOrganization(catalog, { ...BECAUSE, orgId: 'rival', name: 'Rival', partnerId: 'carrier' })
      await addUser(catalog, { ...BECAUSE, userId: 'nobody', orgId: 'rival', licence: 'professional' })
      await switchRecordingOn(catalog, { ...BECAUSE, userId: 'nobody', settings: { mode: 'always' } })
      const ofUser = placeHold(catalog, { ...BECAUSE, orgId: 'rival', subject: 'user', subjectId: 'ann' })
      await expect(ofUser).rejects.toThrow('user ann is unknown in organization rival and has no recording there')
      const foreign = { org_id: 'rival', placed_at_ms: 0, released_at_ms: null, released_by: null, release_reason: null, ...BECAUSE } as const
      await catalog.db
        .insertInto('legal_holds')
        .values([
          { hold_id: 'hold-1', subject: 'user', subject_id: 'ann', ...foreign },
          { hold_id: 'hold-2', subject: 'recording', subject_id: 'rec-1', ...foreign },
        ])
        .execute()
      made.clock.nowMs = DUE_MS
      expect(await due(made)).toEqual(['rec-1'])
      expect((await showRecording(catalog, 'rec-1'))?.legalHold).toBe(false)
      expect(await claimForPurge(made.retention, ['rec-1', 'orphan'])).toEqual([
        { recordingId: 'rec-1', kind: 'claimed' },
        { recordingId: 'orphan', kind: 'kept', why: 'unknown-owner' },
      ])
    })

    test('by a clock that was set since it was trusted nothing is due that was not by both', async () => {
      const made = await benchWithUsers(make, 'ann')
      await finishedRecordings(made.recorder, ['rec-1'])
      made.clock.nowMs = DUE_MS
      expect(await claimForPurge(made.retention, ['rec-1'], { atMostMs: DUE_MS - 1 })).toEqual([{ recordingId: 'rec-1', kind: 'kept', why: 'not-due' }])
      made.clock.nowMs = DUE_MS - 1
      expect(await claimForPurge(made.retention, ['rec-1'], { atMostMs: DUE_MS })).toEqual([{ recordingId: 'rec-1', kind: 'kept', why: 'not-due' }])
    })

    test('of two claims of one recording one wins', async () => {
      const made = await benchWithUsers(make, 'ann')
      const ids = Array.from({ length: 20 }, (_, i) => `rec-${i}`)
      await finishedRecordings(made.recorder, ids)
      made.clock.nowMs = DUE_MS
      const claims = await Promise.all(ids.flatMap((id) => [claimForPurge(made.retention, [id]), claimForPurge(made.other, [id])]))
      const claimed = claims
        .flat()
        .filter((claim) => claim.kind === 'claimed')
        .map((claim) => claim.recordingId)
      expect(claimed.toSorted()).toEqual(ids.toSorted())
    })

    test('an upgrade that races a claim came before it or after it, for everyone to see', async () => {
      const made = await benchWithUsers(make, 'ann')
      await finishedRecordings(made.recorder, ['rec-1'])
      made.clock.nowMs = DUE_MS
      const [claims] = await Promise.all([claimForPurge(made.retention, ['rec-1']), changeTier(made.other, { ...BECAUSE, userId: 'ann', tier: 'standard' })])
      const row = (await listRecordings(made.other))[0]
      expect(row?.tier).toBe('standard')
      const seen = { claim: claims[0], claimedAtMs: row?.claimedAtMs }
      expect([
        { claim: { recordingId: 'rec-1', kind: 'claimed' }, claimedAtMs: DUE_MS },
        { claim: { recordingId: 'rec-1', kind: 'kept', why: 'paid-tier' }, claimedAtMs: null },
      ]).toContainEqual(seen)
    })

    test('a claim outlives a crash, and a purge is certified and announced once', async () => {
      const made = await benchWithUsers(make, 'ann')
      await finishedRecordings(made.recorder, ['rec-1'])
      made.clock.nowMs = DUE_MS
      await claimForPurge(made.retention, ['rec-1'])
      const claimed = await claimedUnfinished(made.other, { limit: 10 })
      expect(claimed).toMatchObject([
        {
          recordingId: 'rec-1',
          reason: 'go-tier-expired',
          keys: [0, 1].map((n) => `recordings/acme/ann/rec-1/0000${n}.wav`).concat('recordings/acme/ann/rec-1/manifest.json'),
        },
      ])
      await recordPurged(made.other, claimed, CERTIFY)
      await recordPurged(made.retention, claimed, CERTIFY)
      expect(await claimedUnfinished(made.retention, { limit: 10 })).toEqual([])
      expect(await showRecording(made.catalog, 'rec-1')).toMatchObject({ status: 'purged', purgedAtMs: DUE_MS, dueAtMs: null })
      expect((await segmentRows(made.catalog, 'rec-1')).map((row) => row.detail)).toEqual(['{}', '{}'])
      const purged = (await takeOutbox(made.catalog, 100)).filter((waits) => waits.headers['ce_type'] === 'io.twinreel.recording.purged.v1')
      expect(purged.map((waits) => JSON.parse(waits.value) as unknown)).toEqual([
        { recordingId: 'rec-1', callId: 'call-1', orgId: 'acme', ownerId: 'ann', reason: 'go-tier-expired', purgedAt: new Date(DUE_MS).toISOString() },
      ])
    })

    test('the clock of the last run is remembered', async () => {
      const { retention, other } = await benchWithUsers(make)
      expect(await retentionWatermark(retention)).toBeNull()
      await setRetentionWatermark(retention, START_MS)
      await setRetentionWatermark(retention, START_MS + 5)
      expect(await retentionWatermark(other)).toBe(START_MS + 5)
    })
  })
}
