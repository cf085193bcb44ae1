import { describe, expect, test } from 'vitest'
import { GO_RETENTION_MS } from '@twinreel/recording/retention'
import { dueLooks, recordLooks } from '../later-looks.ts'
import { recordPurged } from '../purged.ts'
import { claimForPurge, claimedUnfinished } from '../retention.ts'
import { CERTIFY, START_MS, benchWithUsers, finishedRecordings, type MakeCatalog } from './setup.ts'

const DUE_MS = START_MS + 2_500 + GO_RETENTION_MS

export function laterLooksContract(make: MakeCatalog): void {
  describe('looks after a purge', () => {
    test('a purge is looked at again three times, and once more after each look that found something', async () => {
      const made = await benchWithUsers(make, 'ann')
      const { retention, clock } = made
      await finishedRecordings(made.recorder, ['rec-1', 'rec-2'])
      clock.nowMs = DUE_MS
      await claimForPurge(retention, ['rec-1', 'rec-2'])
      // An offset moves what recordings are judged by, not the time in which puts arrive.
      await recordPurged(retention, await claimedUnfinished(retention, { limit: 10 }), { ...CERTIFY, clockOffsetMs: GO_RETENTION_MS })
      const looks: [number, string[]][] = []
      let found = true
      for (let minutes = 1; minutes <= 3_000; minutes += 1) {
        clock.nowMs = DUE_MS + minutes * 60_000
        const now = await dueLooks(made.other, { limit: 10 })
        if (now.length === 0) continue
        looks.push([minutes, now.map(({ recordingId }) => recordingId)])
        const looked = now.map((look) => ({ ...look, found: found && look.recordingId === 'rec-2' }))
        await recordLooks(retention, looked)
        // Noted twice, as two workers do, it is noted once.
        await recordLooks(made.other, looked)
        found = false
      }
      expect(looks).toEqual([
        [10, ['rec-1', 'rec-2']],
        [20, ['rec-2']],
        [60, ['rec-1']],
        [70, ['rec-2']],
        [1_440, ['rec-1']],
        [1_450, ['rec-2']],
      ])
      expect(await retention.db.selectFrom('recordings').select('looks').where('next_look_ms', 'is not', null).execute()).toEqual([])
    })

    test('a recording whose row was taken back is not looked at: what a backup brought of it stays', async () => {
      const made = await benchWithUsers(make, 'ann')
      const { retention, clock } = made
      await finishedRecordings(made.recorder, ['rec-1', 'rec-2'])
      clock.nowMs = DUE_MS
      await claimForPurge(retention, ['rec-1', 'rec-2'])
      await recordPurged(retention, await claimedUnfinished(retention, { limit: 10 }), CERTIFY)
      const back = { status: 'completed', claimed_at_ms: null, purged_at_ms: null } as const
      await made.catalog.db.updateTable('recordings').set(back).where('recording_id', '=', 'rec-1').execute()
      clock.nowMs = DUE_MS + 11 * 60_000
      expect((await dueLooks(retention, { limit: 10 })).map(({ recordingId }) => recordingId)).toEqual(['rec-2'])
    })

    test('looks that are due come in pages, oldest first', async () => {
      const made = await benchWithUsers(make, 'ann')
      const { retention, clock } = made
      await finishedRecordings(made.recorder, ['a', 'b', 'c'])
      for (const [minutes, ids] of [['b'], ['a', 'c']].entries()) {
        clock.nowMs = DUE_MS + minutes * 60_000
        await claimForPurge(retention, ids)
        await recordPurged(retention, await claimedUnfinished(retention, { limit: 10 }), CERTIFY)
      }
      clock.nowMs = DUE_MS + 10 * 60_000
      expect(await dueLooks(retention, { limit: 5 })).toMatchObject([{ recordingId: 'b', orgId: 'acme', ownerId: 'ann', looks: 0 }])
      clock.nowMs += 60_000
      const first = await dueLooks(retention, { limit: 2 })
      expect(first.map(({ recordingId }) => recordingId)).toEqual(['b', 'a'])
      const rest = await dueLooks(retention, { limit: 2, after: first[1] ?? { dueMs: 0, recordingId: '' } })
      expect(rest.map(({ recordingId }) => recordingId)).toEqual(['c'])
    })
  })
}
