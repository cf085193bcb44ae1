import { describe, expect, test } from 'vitest'
import { listLedger } from '../ledger.ts'
import { markPublished, takeOutbox } from '../outbox.ts'
import { mediaKeysFor, wrappingKeys } from '../media-keys.ts'
import { EpochLostError, LogEndOutdatedError, callStatus, claimPartition, commit, loadSessions, segmentRows } from '../recorder.ts'
import { policiesFor } from '../policies.ts'
import { writtenDown } from '../recorder/written-down.ts'
import type { RecorderChange } from '../recorder-changes.ts'
import type { OfKind } from '../rows.ts'
import { listRecordings, showRecording } from '../recordings.ts'
import type { Catalog } from '../open.ts'
import { PARTITION, START_MS, assigned, bench, benchWithUsers, ended, message, segment, started, type MakeCatalog } from './setup.ts'

const opened: OfKind<RecorderChange, 'call.opened'> = {
  kind: 'call.opened',
  callId: 'call-1',
  orgId: 'acme',
  callType: 'pstn',
  direction: 'inbound',
  correlationId: null,
  offset: 3,
}
const recorded: OfKind<RecorderChange, 'ledger'> = {
  kind: 'ledger',
  callId: 'call-1',
  ownerId: 'ann',
  orgId: 'acme',
  outcome: { outcome: 'recorded' },
  lateMs: 0,
  announce: null,
}
const paused: RecorderChange = { kind: 'recording.changed', recordingId: 'rec-1', status: 'paused', number: 3, announce: message('rec-1/paused') }

function session(callId: string, offset: number, endedOffset: number | null = null): RecorderChange {
  return { kind: 'session', callId, offset, foldVersion: 1, state: `{"at":${offset}}`, endedOffset }
}

function deadLetter(offset: number): RecorderChange {
  return { kind: 'dead-letter', ...PARTITION, offset, announce: { ...message(`dead-${offset}`), topic: 'dead-letters' } }
}

async function waiting(catalog: Catalog): Promise<string[]> {
  return (await takeOutbox(catalog, 100_000)).map((waits) => waits.key)
}

export function recorderContract(make: MakeCatalog): void {
  describe('recorder', () => {
    test('a whole call is told by its rows', async () => {
      const { catalog, recorder } = await benchWithUsers(make, 'ann')
      const of = await assigned(recorder)
      expect(await callStatus(recorder, 'call-1')).toBe('unknown')
      await commit(recorder, of, [opened, { kind: 'call.answered', callId: 'call-1', timeZeroMs: START_MS }, started('rec-1'), segment('rec-1', 0)])
      expect(await callStatus(recorder, 'call-1')).toBe('open')
      expect((await listRecordings(catalog))[0]).toMatchObject({ status: 'recording', dueAtMs: null, tier: 'go' })
      await commit(recorder, of, [segment('rec-1', 1), ended('rec-1'), recorded, { kind: 'call.closed', callId: 'call-1', endedLogMs: START_MS + 2_500 }])
      expect(await callStatus(recorder, 'call-1')).toBe('closed')
      expect(await showRecording(catalog, 'rec-1')).toMatchObject({
        status: 'completed',
        segments: 2,
        sizeBytes: 300,
        dueAtMs: START_MS + 2_500 + 720 * 3_600_000,
      })
      expect((await segmentRows(recorder, 'rec-1')).map((row) => row.segment_index)).toEqual([0, 1])
      expect(await listLedger(catalog)).toMatchObject([
        {
          callId: 'call-1',
          ownerId: 'ann',
          outcome: 'recorded',
          direction: 'inbound',
          callType: 'pstn',
          recordings: 1,
          capturedMs: 2_000,
          pausedMs: 500,
          heldMs: 100,
          lostMs: 20,
        },
      ])
    })

    test('applied again, changes change and announce nothing', async () => {
      const { catalog, recorder } = await benchWithUsers(make, 'ann')
      const of = await assigned(recorder)
      const excluded: RecorderChange = {
        ...recorded,
        ownerId: 'bob',
        outcome: { outcome: 'excluded', reason: 'mode-never' },
        announce: message('bob/excluded'),
      }
      const changes = [opened, started('rec-1'), paused, segment('rec-1', 0), ended('rec-1'), recorded, excluded, deadLetter(7)]
      await commit(recorder, of, changes)
      expect(await waiting(recorder)).toEqual(['rec-1/started', 'rec-1/paused', 'rec-1/completed', 'bob/excluded', 'dead-7'])
      const before = await showRecording(catalog, 'rec-1')
      await commit(recorder, of, changes)
      expect(await waiting(recorder)).toHaveLength(5)
      expect(await showRecording(catalog, 'rec-1')).toEqual(before)
    })

    test('a ledger entry that changes is announced again, one that repeats is not', async () => {
      const { catalog, recorder } = await bench(make)
      const of = await assigned(recorder)
      const failed: OfKind<RecorderChange, 'ledger'> = { ...recorded, outcome: { outcome: 'failed', reason: 'log-lost' }, announce: message('failed') }
      await commit(recorder, of, [{ ...recorded, announce: message('recorded') }, failed])
      await commit(recorder, of, [{ ...failed, lateMs: 40 }])
      expect(await waiting(recorder)).toEqual(['recorded', 'failed'])
      expect(await listLedger(catalog)).toMatchObject([{ outcome: 'failed', reason: 'log-lost', lateMs: 40 }])
    })

    test('a provisional recording is listed when it is kept, not before', async () => {
      const { catalog, recorder } = await bench(make)
      const of = await assigned(recorder)
      await commit(recorder, of, [started('rec-1', { provisional: true }), started('rec-2', { provisional: true })])
      expect(await listRecordings(catalog)).toEqual([])
      expect(await showRecording(catalog, 'rec-1')).toBeNull()
      await commit(recorder, of, [{ kind: 'recording.kept', recordingId: 'rec-1' }, ended('rec-2', { status: 'not-kept' })])
      expect((await listRecordings(catalog)).map((recording) => recording.recordingId)).toEqual(['rec-1'])
    })

    test('messages wait in the outbox until they are published', async () => {
      const { recorder } = await bench(make)
      await commit(recorder, await assigned(recorder), [started('rec-1'), started('rec-2')])
      const [first] = await takeOutbox(recorder, 1)
      expect(first).toMatchObject({ topic: 'recordings', key: 'rec-1/started', headers: { ce_id: 'rec-1/started' }, value: '{}' })
      await markPublished(recorder, [first?.outboxId ?? -1])
      expect(await waiting(recorder)).toEqual(['rec-2/started'])
    })

    test('a partition’s sessions come back with the segments and the ended recordings of their calls', async () => {
      const { recorder } = await bench(make)
      const of = await assigned(recorder)
      await commit(recorder, of, [
        started('rec-1'),
        segment('rec-1', 0),
        started('rec-2'),
        ended('rec-2'),
        session('call-1', 5),
        session('call-2', 9),
        session('call-1', 6),
      ])
      await commit(recorder, of, [session('call-2', 12), { kind: 'partition', safeOffset: 6, performedOffset: 14 }])
      expect(await loadSessions(recorder, PARTITION)).toEqual([
        {
          callId: 'call-1',
          offset: 6,
          foldVersion: 1,
          state: '{"at":6}',
          endedOffset: null,
          segments: [{ recordingId: 'rec-1', index: 0 }],
          endedRecordings: ['rec-2'],
        },
        { callId: 'call-2', offset: 12, foldVersion: 1, state: '{"at":12}', endedOffset: null, segments: [], endedRecordings: [] },
      ])
      expect(await claimPartition(recorder, { ...PARTITION, logIdentity: 'log-1', endOffset: 1_000 })).toEqual({
        epoch: of.epoch + 1,
        safeOffset: 6,
        performedOffset: 14,
        identityChanged: false,
      })
      expect(await loadSessions(recorder, { ...PARTITION, partition: 1 })).toEqual([])
    })

    test('tombstones and dead letters go when no fold can come back to them', async () => {
      const { recorder } = await bench(make)
      const of = await assigned(recorder)
      await commit(recorder, of, [
        session('call-1', 1, 10),
        session('call-2', 2, 20),
        deadLetter(10),
        deadLetter(20),
        { kind: 'partition', safeOffset: 20, performedOffset: 20 },
      ])
      expect((await loadSessions(recorder, PARTITION)).map((stored) => stored.callId)).toEqual(['call-2'])
      await commit(recorder, of, [deadLetter(20)])
      expect(await waiting(recorder)).toEqual(['dead-10', 'dead-20'])
    })

    test('positions of another log are void: its sessions lie before any position, its tombstones are gone', async () => {
      const { recorder } = await bench(make)
      const of = await assigned(recorder)
      await commit(recorder, of, [session('call-1', 5), session('call-2', 6, 7), deadLetter(6), { kind: 'partition', safeOffset: 5, performedOffset: 8 }])
      expect(await claimPartition(recorder, { ...PARTITION, logIdentity: 'log-2', endOffset: 1_000 })).toEqual({
        epoch: of.epoch + 1,
        safeOffset: null,
        performedOffset: 0,
        identityChanged: true,
      })
      expect((await loadSessions(recorder, PARTITION)).map(({ callId, offset }) => [callId, offset])).toEqual([['call-1', -1]])
    })

    test('a log of the same name that ends before positions it once had is another log', async () => {
      const { recorder } = await bench(make)
      await commit(recorder, await assigned(recorder), [session('call-1', 20), { kind: 'partition', safeOffset: 20, performedOffset: 20 }])
      expect(await claimPartition(recorder, { ...PARTITION, logIdentity: 'log-1', endOffset: 20 })).toMatchObject({ safeOffset: 20, identityChanged: false })
      expect(await claimPartition(recorder, { ...PARTITION, logIdentity: 'log-1', endOffset: 19 })).toMatchObject({ safeOffset: null, identityChanged: true })
      expect((await loadSessions(recorder, PARTITION)).map(({ offset }) => offset)).toEqual([-1])
    })

    test('a log’s end that was seen before another recorder read past it makes no other log of it', async () => {
      const { recorder } = await bench(make)
      const seen = { ...PARTITION, logIdentity: 'log-1', endOffset: 19 }
      await commit(recorder, await assigned(recorder), [session('call-1', 20), { kind: 'partition', safeOffset: 20, performedOffset: 20 }])
      for (const safeOffsetBefore of [null, 12]) await expect(claimPartition(recorder, { ...seen, safeOffsetBefore })).rejects.toThrow(LogEndOutdatedError)
      expect((await loadSessions(recorder, PARTITION)).map(({ offset }) => offset)).toEqual([20])
      expect(await claimPartition(recorder, { ...seen, safeOffsetBefore: 20 })).toMatchObject({ safeOffset: null, identityChanged: true })
    })

    test('what went on in another log without a session ends as lost, and the ledger says so', async () => {
      const { catalog, recorder } = await bench(make)
      await commit(recorder, await assigned(recorder), [opened, started('rec-1')])
      await claimPartition(recorder, { ...PARTITION, logIdentity: 'log-2', endOffset: 1_000 })
      expect(await callStatus(recorder, 'call-1')).toBe('closed')
      const recording = await catalog.db.selectFrom('recordings').select(['status', 'end_reason']).where('recording_id', '=', 'rec-1').executeTakeFirst()
      expect(recording).toEqual({ status: 'failed', end_reason: 'log-lost' })
    })

    test('a log made anew under its old name ends as lost what had no session, at once and in that partition alone', async () => {
      const { catalog, recorder } = await bench(make)
      const elsewhere = { ...PARTITION, partition: 1 }
      const { epoch } = await claimPartition(recorder, { ...elsewhere, logIdentity: 'log-1', endOffset: 1_000 })
      await commit(recorder, { ...elsewhere, epoch }, [{ ...opened, callId: 'call-3' }])
      const changes: RecorderChange[] = [opened, started('rec-1'), { ...opened, callId: 'call-2' }, session('call-2', 20)]
      await commit(recorder, await assigned(recorder), [...changes, { kind: 'partition', safeOffset: 20, performedOffset: 20 }])
      const remade = { ...PARTITION, logIdentity: 'log-1', endOffset: 19 }
      expect(await claimPartition(recorder, remade)).toMatchObject({ identityChanged: true })
      // Whoever takes over from a recorder that died at once is told nothing any more.
      expect(await claimPartition(recorder, remade)).toMatchObject({ identityChanged: false, safeOffset: null })
      expect(await Promise.all(['call-1', 'call-2', 'call-3'].map((callId) => callStatus(recorder, callId)))).toEqual(['closed', 'open', 'open'])
      const recording = await catalog.db.selectFrom('recordings').select(['status', 'end_reason']).where('recording_id', '=', 'rec-1').executeTakeFirst()
      expect(recording).toEqual({ status: 'failed', end_reason: 'log-lost' })
    })

    test('of a call is told what is written down: recordings that go on, what of them is durable, and whose policies apply', async () => {
      const { recorder } = await benchWithUsers(make, 'ann', 'ben')
      const participants = ['ann', 'ben', undefined].map((userId, n) => ({ participantId: `p${n}`, ...(userId === undefined ? {} : { userId }) }))
      await policiesFor(recorder, { callId: 'call-1', orgId: 'acme', asOfMs: START_MS, participants })
      const going = [started('rec-1'), segment('rec-1', 0), segment('rec-1', 1), started('rec-2', { ownerId: 'ben', provisional: true })]
      await commit(recorder, await assigned(recorder), [opened, ...going, started('rec-3'), ended('rec-3'), started('rec-4', { callId: 'call-2' })])
      const written = await writtenDown(recorder, ['call-1', 'call-3'])
      expect(written.get('call-1')).toEqual({
        recordings: [
          { recordingId: 'rec-1', ownerId: 'ann', ordinal: 1, kept: true, startedAtMs: START_MS, segments: 2, capturedMs: 2_000, sealedMs: 2_000 },
          { recordingId: 'rec-2', ownerId: 'ben', ordinal: 1, kept: false, startedAtMs: START_MS, segments: 0, capturedMs: 0, sealedMs: null },
        ],
        ownerIds: ['ann', 'ben'],
      })
      expect(written.get('call-3')).toEqual({ recordings: [], ownerIds: [] })
    })

    test('a log that was cut behind the safe offset has lost the calls that began before and have no session, at once', async () => {
      const { recorder } = await bench(make)
      const changes: RecorderChange[] = [opened, started('rec-1'), { ...opened, callId: 'call-2', offset: 7 }, { ...opened, callId: 'call-3' }]
      const partition: RecorderChange = { kind: 'partition', safeOffset: opened.offset, performedOffset: 8 }
      await commit(recorder, await assigned(recorder), [...changes, session('call-3', 6), partition])
      await mediaKeysFor(recorder, wrappingKeys([new Uint8Array(32)]), ['call-1', 'call-2'])
      const of = { ...PARTITION, logIdentity: 'log-1', endOffset: 1_000 }
      await claimPartition(recorder, { ...of, firstOffset: opened.offset })
      expect(await callStatus(recorder, 'call-1')).toBe('open')
      await claimPartition(recorder, { ...of, firstOffset: opened.offset + 1 })
      expect(await Promise.all(['call-1', 'call-2', 'call-3'].map((callId) => callStatus(recorder, callId)))).toEqual(['closed', 'open', 'open'])
      expect(await waiting(recorder)).toEqual(['rec-1/started', 'rec-1'])
      expect(await recorder.db.selectFrom('media_keys').select('call_id').execute()).toEqual([{ call_id: 'call-2' }])
    })

    test('of two recorders the one assigned earlier can’t commit, and nothing of its commit is seen', async () => {
      const { other, recorder } = await bench(make)
      const stale = await assigned(recorder)
      const current = await assigned(other)
      await expect(commit(recorder, stale, [opened, started('rec-1'), session('call-1', 3)])).rejects.toThrow(EpochLostError)
      expect(await callStatus(other, 'call-1')).toBe('unknown')
      expect(await waiting(other)).toEqual([])
      await commit(other, current, [opened])
      expect(await callStatus(recorder, 'call-1')).toBe('open')
    })

    test('every assignment gets an epoch of its own, also when many come at once', async () => {
      const { catalog, other } = await bench(make)
      const epochs = await Promise.all([catalog, other, catalog, other, other, catalog].map(async (at) => (await assigned(at)).epoch))
      expect(epochs.map((epoch) => epoch - Math.min(...epochs)).toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5])
    })

    test('ten thousand dead letters are one commit', async () => {
      const { recorder } = await bench(make)
      const of = await assigned(recorder)
      const letters = Array.from({ length: 10_000 }, (_, offset) => deadLetter(offset))
      await commit(recorder, of, letters)
      await commit(recorder, of, letters)
      expect(await waiting(recorder)).toHaveLength(10_000)
    })
  })
}
