import { describe, expect, test } from 'vitest'
import { GO_RETENTION_MS } from '@twinreel/recording/retention'
import { switchRecordingOn } from '../accounts/recording-switch.ts'
import { changeTier } from '../accounts/tiers.ts'
import { deleteRecordings, restoreRecordings } from '../deletions.ts'
import { eraseUser } from '../erasures.ts'
import { placeHold, releaseHold } from '../legal-holds.ts'
import { recordPurged } from '../purged.ts'
import { retentionLife } from '../retention-life.ts'
import { claimedUnfinished, claimForPurge } from '../retention.ts'
import { BECAUSE, CERTIFY, START_MS, benchWithUsers, finishedRecordings, type Bench, type MakeCatalog } from './setup.ts'

const ENDED_MS = START_MS + 2_500
const HOUR_MS = 3_600_000

async function told({ catalog }: Bench, recordingId: string): Promise<string[]> {
  const life = await retentionLife(catalog, recordingId)
  return (life?.timeline ?? []).map(
    ({ event, after }) => `${event.kind} ${after.kind === 'due' ? after.dueAtMs - ENDED_MS : after.kind === 'keep' ? after.why : 'deleting'}`,
  )
}

export function retentionLifeContract(make: MakeCatalog): void {
  describe('the life of a recording', () => {
    test('is told by everything that moved its date, and by nothing else', async () => {
      const made = await benchWithUsers(make, 'ann', 'bob')
      const { catalog, clock } = made
      await changeTier(catalog, { ...BECAUSE, userId: 'bob', tier: 'ai' })
      await finishedRecordings(made.recorder, ['rec-1', 'rec-2'])
      clock.nowMs = ENDED_MS + HOUR_MS
      await changeTier(catalog, { actor: 'ops', reason: 'upgraded', userId: 'ann', tier: 'standard' })
      clock.nowMs += HOUR_MS
      await changeTier(catalog, { ...BECAUSE, userId: 'ann', tier: 'go' })
      clock.nowMs += HOUR_MS
      const { holdId } = await placeHold(catalog, { ...BECAUSE, orgId: 'acme', subject: 'user', subjectId: 'ann' })
      await placeHold(catalog, { ...BECAUSE, orgId: 'acme', subject: 'recording', subjectId: 'rec-2' })
      // A rival may name what it likes.
      const rival = { hold_id: 'h-rival', org_id: 'rival', subject: 'user' as const, subject_id: 'ann', matter: null, ...BECAUSE }
      await catalog.db
        .insertInto('legal_holds')
        .values({ ...rival, placed_at_ms: clock.nowMs, released_at_ms: null, released_by: null, release_reason: null })
        .execute()
      clock.nowMs += HOUR_MS
      await releaseHold(catalog, { actor: 'lawyer', reason: 'settled', holdId })
      expect(await told(made, 'rec-1')).toEqual([
        'tier live',
        'started live',
        `ended ${GO_RETENTION_MS}`,
        'tier paid-tier',
        `tier ${2 * HOUR_MS + GO_RETENTION_MS}`,
        'hold-placed legal-hold',
        `hold-released ${2 * HOUR_MS + GO_RETENTION_MS}`,
      ])
      const life = await retentionLife(catalog, 'rec-1')
      expect(life?.timeline.map(({ event }) => [event.actor, event.reason]).slice(3)).toEqual([
        ['ops', 'upgraded'],
        ['admin-1', 'test'],
        ['admin-1', 'test'],
        ['lawyer', 'settled'],
      ])
      expect(life).toMatchObject({ now: life?.timeline.at(-1)?.after, looks: null, certificateSequence: null })
      expect((await retentionLife(catalog, 'rec-2'))?.now).toEqual({ kind: 'keep', why: 'legal-hold' })
      expect(await retentionLife(catalog, 'absent')).toBeNull()
    })

    test('knows who asked for its deletion, and who took that back', async () => {
      const made = await benchWithUsers(make, 'ann')
      const { catalog, clock } = made
      await finishedRecordings(made.recorder, ['rec-1'])
      clock.nowMs = ENDED_MS + HOUR_MS
      await deleteRecordings(catalog, { ...BECAUSE, recordingIds: ['rec-1'], by: 'user' })
      clock.nowMs += HOUR_MS
      await restoreRecordings(catalog, { actor: 'ann', reason: 'by mistake', recordingIds: ['rec-1'] })
      clock.nowMs += HOUR_MS
      await eraseUser(catalog, { ...BECAUSE, userId: 'ann', confirm: 1 })
      clock.nowMs += HOUR_MS
      await switchRecordingOn(catalog, { ...BECAUSE, userId: 'ann', settings: { mode: 'always' } })
      expect((await told(made, 'rec-1')).slice(2)).toEqual([
        `ended ${GO_RETENTION_MS}`,
        `deletion-requested ${73 * HOUR_MS}`,
        `deletion-restored ${GO_RETENTION_MS}`,
        `deletion-requested ${3 * HOUR_MS}`,
      ])
      const life = await retentionLife(catalog, 'rec-1')
      expect(life?.now).toEqual(life?.timeline.at(-1)?.after)
    })

    test('ends with its claim, its purge and how often its place was looked at', async () => {
      const made = await benchWithUsers(make, 'ann')
      await finishedRecordings(made.recorder, ['rec-1'], { status: 'not-kept', provisional: true })
      made.clock.nowMs = ENDED_MS
      await claimForPurge(made.retention, ['rec-1'])
      expect((await told(made, 'rec-1')).slice(2)).toEqual(['ended 0', 'claimed deleting'])
      await recordPurged(made.retention, await claimedUnfinished(made.retention, { limit: 1 }), CERTIFY)
      expect((await told(made, 'rec-1')).slice(2)).toEqual(['ended 0', 'claimed deleting', 'purged deleting', 'certified deleting'])
      expect(await retentionLife(made.catalog, 'rec-1')).toMatchObject({
        status: 'purged',
        now: null,
        certificateSequence: 1,
        looks: { done: 0, nextMs: ENDED_MS + 600_000 },
      })
    })
  })
}
