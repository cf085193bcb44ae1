import { describe, expect, test } from 'vitest'
import { settingsHistory } from '../accounts/history.ts'
import { switchRecordingOn } from '../accounts/recording-switch.ts'
import { showUser } from '../accounts/show.ts'
import { changeTier } from '../accounts/tiers.ts'
import { addUser } from '../accounts/users.ts'
import { BIN_MS, deleteRecordings, restoreRecordings } from '../deletions.ts'
import { eraseUser, planErasure } from '../erasures.ts'
import { markLateDeletions } from '../late-deletions.ts'
import { placeHold, releaseHold } from '../legal-holds.ts'
import { commit } from '../recorder.ts'
import { listRecordings, showRecording } from '../recordings.ts'
import { claimForPurge, claimedUnfinished } from '../retention.ts'
import { setRetentionWatermark } from '../retention-clock.ts'
import { BECAUSE, START_MS, assigned, benchWithUsers, dueAt, ended, finishedRecordings, segment, started, type Bench, type MakeCatalog } from './setup.ts'

const ASKED_MS = START_MS + 3_600_000
const REQUEST = { actor: 'privacy', reason: 'request 12', userId: 'ann' }

/** Ann, who pays, with these recordings; and Bob with one. */
async function paidWith(make: MakeCatalog, ...ids: string[]): Promise<Bench> {
  const made = await benchWithUsers(make, 'ann', 'bob')
  await addUser(made.catalog, { ...BECAUSE, userId: 'ann', orgId: 'acme', licence: 'professional', displayName: 'Ann' })
  for (const userId of ['ann', 'bob']) await changeTier(made.catalog, { ...BECAUSE, userId, tier: 'standard' })
  await finishedRecordings(made.recorder, ids)
  await finishedRecordings(made.recorder, ['bob-1'], { ownerId: 'bob' })
  made.clock.nowMs = ASKED_MS
  return made
}

async function due({ retention, clock }: Bench): Promise<string[]> {
  return dueAt(retention, clock.nowMs)
}

export function erasuresContract(make: MakeCatalog): void {
  describe('an erasure', () => {
    test('is refused while the clock lies behind what retention has seen by it, and changes nothing', async () => {
      const made = await paidWith(make, 'rec-1')
      await setRetentionWatermark(made.retention, ASKED_MS + 3_600_001)
      await expect(eraseUser(made.catalog, { ...REQUEST, confirm: 1 })).rejects.toMatchObject({ code: 'clock-behind' })
      expect(await showUser(made.catalog, 'ann')).toMatchObject({ displayName: 'Ann', account: { recordingOn: true } })
      made.clock.nowMs += 1
      expect(await eraseUser(made.catalog, { ...REQUEST, confirm: 1 })).toMatchObject({ recordings: 1 })
    })

    test('is told before, and takes every recording of the user at once, the switch and the name', async () => {
      const made = await paidWith(make, 'rec-1', 'rec-2')
      const { catalog } = made
      const plan = { userId: 'ann', orgId: 'acme', recordings: 2, dueNow: 2, live: 0, held: 0, alreadyDeleting: 0, recordingOn: true, hasName: true }
      expect(await planErasure(catalog, 'ann')).toEqual(plan)
      expect(await due(made)).toEqual([])
      expect(await eraseUser(catalog, { ...REQUEST, confirm: 2 })).toEqual({ ...plan, deletionId: expect.any(String) as string })
      expect(await due(made)).toEqual(['rec-1', 'rec-2'])
      expect(await showUser(catalog, 'ann')).toMatchObject({ displayName: null, settings: null, account: { recordingOn: false, tier: 'standard' } })
      expect((await settingsHistory(catalog, 'ann')).at(-1)).toMatchObject({ settings: null, actor: 'privacy', reason: 'data erased: request 12' })
      expect((await listRecordings(catalog)).map(({ recordingId }) => recordingId)).toEqual(['bob-1'])
      expect(await showRecording(catalog, 'rec-1')).toMatchObject({ inBin: true, dueAtMs: ASKED_MS, deletion: { kind: 'erasure', actor: 'privacy' } })
      await claimForPurge(made.retention, ['rec-1', 'rec-2', 'bob-1'])
      expect((await claimedUnfinished(made.retention, { limit: 10 })).map(({ recordingId, reason }) => [recordingId, reason])).toEqual([
        ['rec-1', 'deletion-requested'],
        ['rec-2', 'deletion-requested'],
      ])
    })

    test('of another number of recordings than was confirmed changes nothing', async () => {
      const made = await paidWith(make, 'rec-1', 'rec-2')
      await expect(eraseUser(made.catalog, { ...REQUEST, confirm: 1 })).rejects.toThrow('recordings of user ann that go: 2 now, not 1 as confirmed')
      expect(await due(made)).toEqual([])
      expect(await showUser(made.catalog, 'ann')).toMatchObject({ displayName: 'Ann', account: { recordingOn: true } })
      await expect(planErasure(made.catalog, 'nobody')).rejects.toThrow('user nobody is unknown')
    })

    test('takes live recordings when they end, held ones when they are released, and does not wait for the bin', async () => {
      const made = await paidWith(make, 'held', 'binned')
      const { catalog } = made
      const of = await assigned(made.recorder)
      await commit(made.recorder, of, [started('live'), segment('live', 0)])
      const { holdId } = await placeHold(catalog, { ...BECAUSE, orgId: 'acme', subject: 'recording', subjectId: 'held' })
      await deleteRecordings(catalog, { ...BECAUSE, by: 'user', recordingIds: ['binned'] })
      expect(await eraseUser(catalog, { ...REQUEST, confirm: 3 })).toMatchObject({ dueNow: 1, live: 1, held: 1 })
      expect(await due(made)).toEqual(['binned'])
      expect(await claimForPurge(made.retention, ['held', 'live'])).toEqual([
        { recordingId: 'held', kind: 'kept', why: 'legal-hold' },
        { recordingId: 'live', kind: 'kept', why: 'live' },
      ])
      made.clock.nowMs += 10_000
      await commit(made.recorder, of, [ended('live', { endedLogMs: made.clock.nowMs })])
      await releaseHold(catalog, { ...BECAUSE, holdId })
      expect(await due(made)).toEqual(['binned', 'held', 'live'])
    })

    test('can’t be taken back recording by recording', async () => {
      const made = await paidWith(make, 'rec-1')
      await eraseUser(made.catalog, { ...REQUEST, confirm: 1 })
      expect(await restoreRecordings(made.catalog, { ...BECAUSE, recordingIds: ['rec-1'] })).toEqual([{ recordingId: 'rec-1', kind: 'refused', why: 'erased' }])
      expect(await due(made)).toEqual(['rec-1'])
    })

    test('reaches recordings that begin later, of calls answered before, when they end; nobody else’s', async () => {
      const made = await paidWith(make)
      await eraseUser(made.catalog, { ...REQUEST, confirm: 0 })
      expect(await markLateDeletions(made.retention)).toBe(0)
      made.clock.nowMs += 60_000
      const of = await assigned(made.recorder)
      await commit(made.recorder, of, [started('late'), segment('late', 0), started('bob-2', { ownerId: 'bob' })])
      expect(await markLateDeletions(made.retention)).toBe(1)
      expect(await markLateDeletions(made.retention)).toBe(0)
      expect(await showRecording(made.catalog, 'bob-2')).toMatchObject({ inBin: false })
      expect(await showRecording(made.catalog, 'late')).toMatchObject({ inBin: true, deletion: { kind: 'erasure' } })
      expect(await due(made)).toEqual([])
      await commit(made.recorder, of, [ended('late', { endedLogMs: made.clock.nowMs })])
      expect(await due(made)).toEqual(['late'])
    })

    test('ends when recording is switched on again: what is recorded from then on stays, what there was goes', async () => {
      const made = await paidWith(make, 'rec-1')
      await eraseUser(made.catalog, { ...REQUEST, confirm: 1 })
      await finishedRecordings(made.recorder, ['late'])
      await switchRecordingOn(made.catalog, { ...BECAUSE, userId: 'ann', settings: { mode: 'always' } })
      await finishedRecordings(made.recorder, ['new'])
      expect(await markLateDeletions(made.retention)).toBe(0)
      expect(await due(made)).toEqual(['late', 'rec-1'])
      expect(await showRecording(made.catalog, 'new')).toMatchObject({ inBin: false, dueAtMs: null })
      expect(await made.catalog.db.selectFrom('deletions').selectAll().execute()).toMatchObject([
        { subject: 'user', subject_id: 'ann', kind: 'erasure', restored_at_ms: ASKED_MS, restored_by: 'admin-1', restore_reason: 'test' },
      ])
    })

    test('does not mark again a recording that somebody restored, nor one of a deletion of long ago', async () => {
      const made = await paidWith(make, 'rec-1', 'rec-2')
      const { catalog } = made
      await deleteRecordings(catalog, { ...BECAUSE, by: 'user', recordingIds: ['rec-1', 'rec-2'] })
      await restoreRecordings(catalog, { ...BECAUSE, recordingIds: ['rec-1'] })
      // As a rebuilt catalog has a recording that was live when it was deleted, once its call was folded again.
      await catalog.db.updateTable('recordings').set({ deletion_id: null, deletion_due_ms: null }).execute()
      expect(await markLateDeletions(made.retention)).toBe(1)
      made.clock.nowMs = ASKED_MS + BIN_MS
      expect(await due(made)).toEqual(['rec-2'])
      await catalog.db.updateTable('recordings').set({ deletion_id: null, deletion_due_ms: null }).execute()
      made.clock.nowMs = ASKED_MS + 31 * 86_400_000
      expect(await markLateDeletions(made.retention)).toBe(0)
    })

    test('of many late recordings none is left out', async () => {
      const made = await paidWith(make)
      await eraseUser(made.catalog, { ...REQUEST, confirm: 0 })
      const ids = Array.from({ length: 1_100 }, (_, i) => `late-${String(i).padStart(4, '0')}`)
      await finishedRecordings(made.recorder, ids)
      expect(await markLateDeletions(made.retention)).toBe(1_100)
      expect(await dueAt(made.retention, ASKED_MS)).toEqual(ids)
    })
  })
}
