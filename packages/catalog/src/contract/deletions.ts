import { describe, expect, test } from 'vitest'
import { GO_RETENTION_MS } from '@twinreel/recording/retention'
import { changeTier } from '../accounts/tiers.ts'
import { BIN_MS, deleteRecordings, restoreRecordings } from '../deletions.ts'
import { placeHold, releaseHold } from '../legal-holds.ts'
import type { Catalog } from '../open.ts'
import { recordPurged } from '../purged.ts'
import { commit } from '../recorder.ts'
import { listRecordings, showRecording } from '../recordings.ts'
import { claimForPurge, claimedUnfinished } from '../retention.ts'
import { setRetentionWatermark } from '../retention-clock.ts'
import {
  BECAUSE,
  CERTIFY,
  START_MS,
  assigned,
  benchWithUsers,
  dueAt,
  ended,
  finishedRecordings,
  segment,
  started,
  type Bench,
  type MakeCatalog,
} from './setup.ts'

const ENDED_MS = START_MS + 2_500
const ASKED_MS = START_MS + 3_600_000
const BIN_ENDS_MS = ASKED_MS + BIN_MS

/** Ann, who pays, with these recordings, an hour after their call. */
async function paidWith(make: MakeCatalog, ...ids: string[]): Promise<Bench> {
  const made = await benchWithUsers(make, 'ann')
  await changeTier(made.catalog, { ...BECAUSE, userId: 'ann', tier: 'standard' })
  await finishedRecordings(made.recorder, ids)
  made.clock.nowMs = ASKED_MS
  return made
}

async function due({ retention, clock }: Bench): Promise<string[]> {
  return dueAt(retention, clock.nowMs)
}

const BY_USER = { actor: 'ann', reason: 'wrong number', by: 'user' } as const

async function listed(catalog: Catalog, bin = false): Promise<string[]> {
  return (await listRecordings(catalog, { bin })).map(({ recordingId }) => recordingId)
}

export function deletionsContract(make: MakeCatalog): void {
  describe('the bin', () => {
    test('takes nothing while the clock lies behind what retention has seen by it: three days would be over too early', async () => {
      const made = await paidWith(make, 'rec-1')
      const request = { ...BY_USER, recordingIds: ['rec-1'] }
      await setRetentionWatermark(made.retention, ASKED_MS + 131 * 3_600_000)
      await expect(deleteRecordings(made.catalog, request)).rejects.toMatchObject({ code: 'clock-behind' })
      await expect(deleteRecordings(made.catalog, request)).rejects.toThrow('recordings would be due too early')
      expect(await listed(made.catalog, true)).toEqual([])
      made.clock.nowMs += 130 * 3_600_000
      expect(await deleteRecordings(made.catalog, request)).toMatchObject([{ kind: 'in-bin', dueAtMs: made.clock.nowMs + BIN_MS }])
    })

    test('holds nothing that nobody asked for: a mark that was written by mistake deletes nothing', async () => {
      const made = await paidWith(make, 'stray', 'borrowed', 'restored')
      await deleteRecordings(made.catalog, { ...BY_USER, recordingIds: ['restored'] })
      await restoreRecordings(made.catalog, { ...BY_USER, recordingIds: ['restored'] })
      const { deletion_id } = await made.catalog.db.selectFrom('deletions').select('deletion_id').executeTakeFirstOrThrow()
      const mark = (recordingId: string, deletionId: string | null) =>
        made.catalog.db
          .updateTable('recordings')
          .set({ deletion_id: deletionId, deletion_due_ms: BIN_ENDS_MS })
          .where('recording_id', '=', recordingId)
          .execute()
      await mark('stray', null)
      await mark('borrowed', deletion_id)
      await mark('restored', deletion_id)
      made.clock.nowMs = BIN_ENDS_MS
      const all = ['stray', 'borrowed', 'restored']
      expect(await claimForPurge(made.retention, all)).toEqual(all.map((recordingId) => ({ recordingId, kind: 'kept', why: 'unknown-request' })))
      // A request of its own is one.
      await restoreRecordings(made.catalog, { ...BY_USER, recordingIds: ['borrowed'] })
      await deleteRecordings(made.catalog, { ...BY_USER, recordingIds: ['borrowed'] })
      made.clock.nowMs += BIN_MS
      expect(await claimForPurge(made.retention, all)).toMatchObject([{ kind: 'kept' }, { recordingId: 'borrowed', kind: 'claimed' }, { kind: 'kept' }])
    })

    test('keeps what somebody deleted for 72 hours, to the millisecond, whatever the tier', async () => {
      const made = await paidWith(make, 'rec-1', 'rec-2')
      expect(await deleteRecordings(made.catalog, { ...BY_USER, recordingIds: ['rec-1'] })).toEqual([
        { recordingId: 'rec-1', kind: 'in-bin', deletionId: expect.any(String) as string, dueAtMs: BIN_ENDS_MS, isHeld: false, isLive: false },
      ])
      made.clock.nowMs = BIN_ENDS_MS - 1
      expect(await due(made)).toEqual([])
      expect(await claimForPurge(made.retention, ['rec-1'])).toEqual([{ recordingId: 'rec-1', kind: 'kept', why: 'not-due' }])
      made.clock.nowMs = BIN_ENDS_MS
      expect(await due(made)).toEqual(['rec-1'])
      expect(await claimForPurge(made.retention, ['rec-1'])).toEqual([{ recordingId: 'rec-1', kind: 'claimed' }])
      expect(await claimedUnfinished(made.retention, { limit: 10 })).toMatchObject([{ recordingId: 'rec-1', reason: 'deletion-requested' }])
    })

    test('hides a recording from lists, and shows who put it there and why', async () => {
      const made = await paidWith(make, 'rec-1', 'rec-2')
      const { catalog } = made
      await deleteRecordings(catalog, { ...BY_USER, recordingIds: ['rec-1'] })
      expect([await listed(catalog), await listed(catalog, true)]).toEqual([['rec-2'], ['rec-1']])
      expect(await showRecording(catalog, 'rec-1')).toMatchObject({
        inBin: true,
        dueAtMs: BIN_ENDS_MS,
        deletion: { kind: 'user-deletion', actor: 'ann', reason: 'wrong number', requestedAtMs: ASKED_MS, dueAtMs: BIN_ENDS_MS },
      })
      expect(await showRecording(catalog, 'rec-2')).toMatchObject({ inBin: false, deletion: null })
      made.clock.nowMs = BIN_ENDS_MS
      await claimForPurge(made.retention, ['rec-1'])
      expect([await listed(catalog), await listed(catalog, true)]).toEqual([['rec-2'], []])
      await recordPurged(made.retention, await claimedUnfinished(made.retention, { limit: 10 }), CERTIFY)
      expect(await listed(catalog)).toEqual(['rec-1', 'rec-2'])
      expect(await showRecording(catalog, 'rec-1')).toMatchObject({ inBin: false, status: 'purged', deletion: { actor: 'ann' } })
    })

    test('gives back what is taken out of it, as if nobody had deleted it; the request says by whom', async () => {
      const made = await paidWith(make, 'rec-1')
      const { catalog } = made
      await deleteRecordings(catalog, { ...BY_USER, recordingIds: ['rec-1'] })
      made.clock.nowMs = BIN_ENDS_MS
      expect(await restoreRecordings(catalog, { actor: 'alice', reason: 'evidence', recordingIds: ['rec-1'] })).toEqual([
        { recordingId: 'rec-1', kind: 'restored', dueAtMs: null },
      ])
      expect(await due(made)).toEqual([])
      expect(await claimForPurge(made.retention, ['rec-1'])).toEqual([{ recordingId: 'rec-1', kind: 'kept', why: 'paid-tier' }])
      expect(await listed(catalog)).toEqual(['rec-1'])
      expect(await catalog.db.selectFrom('deletions').selectAll().execute()).toMatchObject([
        {
          subject: 'recording',
          subject_id: 'rec-1',
          kind: 'user-deletion',
          actor: 'ann',
          reason: 'wrong number',
          requested_at_ms: ASKED_MS,
          restored_at_ms: BIN_ENDS_MS,
          restored_by: 'alice',
          restore_reason: 'evidence',
        },
      ])
      expect(await restoreRecordings(catalog, { ...BECAUSE, recordingIds: ['rec-1'] })).toEqual([{ recordingId: 'rec-1', kind: 'refused', why: 'not-in-bin' }])
      await deleteRecordings(catalog, { ...BECAUSE, by: 'admin', recordingIds: ['rec-1'] })
      expect((await catalog.db.selectFrom('deletions').select('kind').execute()).map(({ kind }) => kind).toSorted()).toEqual([
        'admin-deletion',
        'user-deletion',
      ])
      expect(await showRecording(catalog, 'rec-1')).toMatchObject({ dueAtMs: BIN_ENDS_MS + BIN_MS })
    })

    test('takes a live recording, which goes 72 hours after the request but not before it ended', async () => {
      const made = await paidWith(make)
      const of = await assigned(made.recorder)
      await commit(made.recorder, of, [started('short'), segment('short', 0), started('long'), segment('long', 0)])
      expect(await deleteRecordings(made.catalog, { ...BY_USER, recordingIds: ['short', 'long'] })).toMatchObject([
        { isLive: true, dueAtMs: null },
        { isLive: true, dueAtMs: null },
      ])
      await commit(made.recorder, of, [ended('short', { endedLogMs: ASKED_MS + 1_000 })])
      made.clock.nowMs = BIN_ENDS_MS
      expect(await due(made)).toEqual(['short'])
      expect(await claimForPurge(made.retention, ['long', 'short'])).toEqual([
        { recordingId: 'long', kind: 'kept', why: 'live' },
        { recordingId: 'short', kind: 'claimed' },
      ])
      await commit(made.recorder, of, [ended('long', { endedLogMs: BIN_ENDS_MS + 5_000 })])
      expect(await showRecording(made.catalog, 'long')).toMatchObject({ dueAtMs: BIN_ENDS_MS + 5_000 })
      expect(await due(made)).toEqual([])
      made.clock.nowMs = BIN_ENDS_MS + 5_000
      expect(await due(made)).toEqual(['long'])
    })

    test('holds what is under a legal hold until that is released', async () => {
      const made = await paidWith(make, 'rec-1')
      const { holdId } = await placeHold(made.catalog, { ...BECAUSE, orgId: 'acme', subject: 'user', subjectId: 'ann' })
      expect(await deleteRecordings(made.catalog, { ...BY_USER, recordingIds: ['rec-1'] })).toMatchObject([{ isHeld: true, dueAtMs: null }])
      made.clock.nowMs = BIN_ENDS_MS * 2
      expect(await due(made)).toEqual([])
      expect(await claimForPurge(made.retention, ['rec-1'])).toEqual([{ recordingId: 'rec-1', kind: 'kept', why: 'legal-hold' }])
      await releaseHold(made.catalog, { ...BECAUSE, holdId })
      expect(await due(made)).toEqual(['rec-1'])
    })

    test('does not prolong the free tier: what expires first goes then, and is claimed for that', async () => {
      const made = await benchWithUsers(make, 'ann')
      await finishedRecordings(made.recorder, ['rec-1'])
      const dueAtMs = ENDED_MS + GO_RETENTION_MS
      made.clock.nowMs = dueAtMs - BIN_MS / 2
      expect(await deleteRecordings(made.catalog, { ...BY_USER, recordingIds: ['rec-1'] })).toMatchObject([{ dueAtMs }])
      made.clock.nowMs = dueAtMs
      expect(await due(made)).toEqual(['rec-1'])
      await claimForPurge(made.retention, ['rec-1'])
      expect(await claimedUnfinished(made.retention, { limit: 10 })).toMatchObject([{ reason: 'go-tier-expired' }])
    })

    test('asked again for what is there or gone says so; one unknown recording, and nothing is done', async () => {
      const made = await paidWith(make, 'rec-1', 'rec-2', 'rec-3')
      const { catalog } = made
      await deleteRecordings(catalog, { ...BY_USER, recordingIds: ['rec-1', 'rec-2'] })
      made.clock.nowMs = BIN_ENDS_MS
      await claimForPurge(made.retention, ['rec-2'])
      expect(await deleteRecordings(catalog, { ...BY_USER, recordingIds: ['rec-1', 'rec-2', 'rec-3', 'rec-3'] })).toMatchObject([
        { recordingId: 'rec-1', kind: 'already-in-bin', dueAtMs: BIN_ENDS_MS },
        { recordingId: 'rec-2', kind: 'already-deleted' },
        { recordingId: 'rec-3', kind: 'in-bin' },
      ])
      expect(await restoreRecordings(catalog, { ...BECAUSE, recordingIds: ['rec-2', 'rec-3'] })).toEqual([
        { recordingId: 'rec-2', kind: 'refused', why: 'already-deleted' },
        { recordingId: 'rec-3', kind: 'restored', dueAtMs: null },
      ])
      await expect(deleteRecordings(catalog, { ...BY_USER, recordingIds: ['rec-3', 'absent'] })).rejects.toThrow('recording absent is unknown')
      await expect(restoreRecordings(catalog, { ...BECAUSE, recordingIds: ['rec-1', 'absent'] })).rejects.toThrow('recording absent is unknown')
      expect(await listed(catalog, true)).toEqual(['rec-1'])
      await finishedRecordings(made.recorder, ['provisional'], { provisional: true })
      await expect(deleteRecordings(catalog, { ...BY_USER, recordingIds: ['provisional'] })).rejects.toThrow('recording provisional is unknown')
    })

    test('of a restore and a claim made at once the first counts, for everyone to see', async () => {
      const ids = Array.from({ length: 60 }, (_, i) => `rec-${String(i).padStart(2, '0')}`)
      const made = await paidWith(make, ...ids)
      await deleteRecordings(made.catalog, { ...BY_USER, recordingIds: ids })
      made.clock.nowMs = BIN_ENDS_MS
      for (const [i, id] of ids.entries()) {
        const restore = (): ReturnType<typeof restoreRecordings> => restoreRecordings(made.other, { ...BECAUSE, recordingIds: [id] })
        const claim = (): ReturnType<typeof claimForPurge> => claimForPurge(made.retention, [id])
        const [[restored], [claimed]] =
          i % 2 === 0 ? await Promise.all([restore(), claim()]) : ((await Promise.all([claim(), restore()])).toReversed() as [never, never])
        expect([
          ['restored', 'kept'],
          ['refused', 'claimed'],
        ]).toContainEqual([restored, claimed].map((outcome: { kind: string } | undefined) => outcome?.kind))
        const row = await showRecording(made.catalog, id)
        expect(row).toMatchObject(
          (claimed as { kind: string } | undefined)?.kind === 'claimed' ? { inBin: true, claimedAtMs: BIN_ENDS_MS } : { inBin: false, claimedAtMs: null },
        )
      }
    })
  })
}
