import { describe, expect, test } from 'vitest'
import { rebuildCatalog } from '../journal/rebuild.ts'
import { writeJournal } from '../journal/write.ts'
import { BIN_MS, deleteRecordings, restoreRecordings } from '../deletions.ts'
import { eraseUser } from '../erasures.ts'
import { markLateDeletions } from '../late-deletions.ts'
import type { Catalog } from '../open.ts'
import { recordPurged } from '../purged.ts'
import { claimPartition, commit } from '../recorder.ts'
import { listRecordings } from '../recordings.ts'
import { claimedUnfinished } from '../retention.ts'
import { memoryBucket } from './bucket.ts'
import { audit } from './certificates.ts'
import { callOf, live, lose, type Deed } from './rebuild.ts'
import { BECAUSE, CERTIFY, PARTITION, bench, dueAt, type MakeCatalog } from './setup.ts'

const ANN: Deed[] = [
  { kind: 'admin', userId: 'ann', what: 0 },
  { kind: 'admin', userId: 'ann', what: 2 },
]
const LIVE_CALL: Deed = { kind: 'call', userId: 'ann', outcome: 'live' }

/** The recorder reads the log again, in which these calls have ended. */
async function foldAgain(recorder: Catalog, callIds: readonly string[], endedMs: number): Promise<void> {
  const { epoch } = await claimPartition(recorder, { ...PARTITION, logIdentity: 'log-1', endOffset: 1_000_000 })
  for (const [index, callId] of callIds.entries()) {
    const changes = await callOf(recorder, callId, { kind: 'call', userId: 'ann', outcome: 'recorded' }, 10 * (index + 1), endedMs)
    await commit(recorder, { ...PARTITION, epoch }, changes)
  }
}

export function rebuildDecisionsContract(make: MakeCatalog): void {
  describe('a catalog that was rebuilt', () => {
    test('has the deletion of a recording that was live, once its call is folded again, unless it was taken back', async () => {
      const { catalog, clock, recorder, retention } = await bench(make)
      const bucket = memoryBucket()
      await live(catalog, bucket, clock, [...ANN, LIVE_CALL, LIVE_CALL, LIVE_CALL])
      await deleteRecordings(catalog, { ...BECAUSE, by: 'user', recordingIds: ['rec-call-1', 'rec-call-2'] })
      await restoreRecordings(catalog, { ...BECAUSE, recordingIds: ['rec-call-2'] })
      await writeJournal(catalog, bucket, null)
      const endsMs = clock.nowMs + BIN_MS
      await lose(catalog)
      await rebuildCatalog(catalog, bucket, { verify: null, expect: null })
      await foldAgain(recorder, ['call-1', 'call-2', 'call-3'], clock.nowMs)
      expect(await markLateDeletions(retention)).toBe(1)
      expect((await listRecordings(catalog, { bin: true })).map(({ recordingId, dueAtMs }) => [recordingId, dueAtMs])).toEqual([['rec-call-1', endsMs]])
    })

    test('has the erasure of a user, for what it did not reach yet too', async () => {
      const { catalog, clock, recorder, retention } = await bench(make)
      const bucket = memoryBucket()
      await live(catalog, bucket, clock, [...ANN, { kind: 'call', userId: 'ann', outcome: 'recorded' }, LIVE_CALL])
      await eraseUser(catalog, { ...BECAUSE, userId: 'ann', confirm: 2 })
      await writeJournal(catalog, bucket, null)
      expect(await dueAt(catalog, clock.nowMs)).toEqual(['rec-call-1'])
      await lose(catalog)
      await rebuildCatalog(catalog, bucket, { verify: null, expect: null })
      await foldAgain(recorder, ['call-2', 'call-3'], clock.nowMs)
      expect(await dueAt(catalog, clock.nowMs)).toEqual(['rec-call-1'])
      expect(await markLateDeletions(retention)).toBe(2)
      expect(await dueAt(catalog, clock.nowMs)).toEqual(['rec-call-1', 'rec-call-2', 'rec-call-3'])
    })

    test('finishes a deletion again whose certificate was to be in the next object of the journal, and certifies it', async () => {
      const { catalog, clock, retention } = await bench(make)
      const bucket = memoryBucket()
      await live(catalog, bucket, clock, [...ANN, { kind: 'call', userId: 'ann', outcome: 'recorded' }, { kind: 'time' }, { kind: 'half-a-purge' }])
      const claimed = await claimedUnfinished(catalog, { limit: 10 })
      expect(await recordPurged(catalog, claimed, CERTIFY)).toEqual({ certified: ['rec-call-1'], again: [] })
      // An object holds so many entries; what comes after them was not written when the catalog was lost.
      await catalog.db.deleteFrom('journal_entries').where('kind', '=', 'certificates').execute()
      await writeJournal(catalog, bucket, null)
      await lose(catalog)
      await rebuildCatalog(catalog, bucket, { verify: null, expect: null })
      const again = await claimedUnfinished(retention, { limit: 10 })
      expect(again).toEqual(claimed)
      expect(await recordPurged(retention, again, CERTIFY)).toEqual({ certified: ['rec-call-1'], again: [] })
      expect(await audit(catalog)).toEqual([])
    })
  })
}
