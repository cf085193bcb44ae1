import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { GO_RETENTION_MS } from '@twinreel/recording/retention'
import { changeTier } from '../accounts/tiers.ts'
import { placeHold } from '../legal-holds.ts'
import { mayGoBy, verdictOf, withRetentionFacts, type RowWithRetentionFacts } from '../retention-facts.ts'
import { expiriesByDay, intakeOf, storedBy } from '../retention-report.ts'
import { BECAUSE, START_MS, benchWithUsers, finishedRecordings, started, assigned, type MakeCatalog } from './setup.ts'
import { writeTier } from './write-tier.ts'
import { commit } from '../recorder.ts'

const ENDED_MS = START_MS + 2_500
const DAY_MS = 86_400_000

export function retentionReportContract(make: MakeCatalog): void {
  describe('the retention report', () => {
    test('adds up what is stored, by any of its sides', async () => {
      const { catalog, recorder } = await benchWithUsers(make, 'ann', 'bob')
      await changeTier(catalog, { ...BECAUSE, userId: 'bob', tier: 'ai' })
      await finishedRecordings(recorder, ['a', 'b'])
      await finishedRecordings(recorder, ['c'], { ownerId: 'bob', endedLogMs: ENDED_MS + 5 * DAY_MS })
      await finishedRecordings(recorder, ['d'], { ownerId: 'nobody' })
      await commit(recorder, await assigned(recorder), [started('live')])
      const big = { size_bytes: 3_000_000_000_000 }
      await catalog.db.updateTable('recordings').set(big).where('recording_id', '=', 'c').execute()
      await catalog.db.updateTable('recordings').set({ purged_at_ms: START_MS }).where('recording_id', '=', 'b').execute()
      const atMs = ENDED_MS + 10 * DAY_MS
      expect(await storedBy(catalog, { dimensions: ['tier', 'age', 'size'], atMs })).toEqual([
        { tier: 'ai', age: '1 to 7 days', size: '1 GiB and more', recordings: 1, objects: 3, sizeBytes: 3_000_000_000_000 },
        ...[
          { tier: 'go', age: '7 to 30 days', size: 'under 1 MiB', recordings: 1, objects: 3, sizeBytes: 300 },
          { tier: 'unknown', age: '7 to 30 days', size: 'under 1 MiB', recordings: 1, objects: 3, sizeBytes: 300 },
        ].map((group): unknown => expect.toBeOneOf([group, { ...group, tier: group.tier === 'go' ? 'unknown' : 'go' }])),
        { tier: 'go', age: 'not ended', size: 'under 1 MiB', recordings: 1, objects: 0, sizeBytes: 0 },
      ])
      expect(await storedBy(catalog, { dimensions: ['org'], atMs })).toEqual([{ org: 'acme', recordings: 4, objects: 9, sizeBytes: 3_000_000_000_600 }])
      expect(await storedBy(catalog, { dimensions: ['org'], atMs, orgId: 'rival' })).toEqual([])
      expect(await storedBy(catalog, { dimensions: [], atMs })).toEqual([{ recordings: 4, objects: 9, sizeBytes: 3_000_000_000_600 }])
      expect(await storedBy(catalog, { dimensions: [], atMs, orgId: 'rival' })).toEqual([{ recordings: 0, objects: 0, sizeBytes: 0 }])
      const inFive = await intakeOf(catalog, { fromMs: ENDED_MS, toMs: atMs })
      expect(inFive).toEqual({ go: { recordings: 2, objects: 6, sizeBytes: 600 }, others: { recordings: 2, objects: 6, sizeBytes: 3_000_000_000_300 } })
      expect((await intakeOf(catalog, { fromMs: ENDED_MS + 1, toMs: atMs })).go.recordings).toBe(0)
    })

    test('knows each day’s deletions as the rule does, whatever the recordings are', async () => {
      const { catalog, recorder } = await benchWithUsers(make, 'ann', 'bob', 'carol')
      await changeTier(catalog, { ...BECAUSE, userId: 'bob', tier: 'standard' })
      await writeTier(catalog, { tier: 'odd', sinceMs: START_MS }, { userIds: ['carol'] })
      const day = fc.integer({ min: 0, max: 40 })
      const one = fc.record({
        owner_id: fc.constantFrom('ann', 'bob', 'carol', 'nobody'),
        status: fc.constantFrom('completed' as const, 'not-kept' as const),
        ended: day,
        asked: fc.option(day),
        isClaimed: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
      })
      const rows = fc.sample(one, { numRuns: 80, seed: 7 })
      await finishedRecordings(
        recorder,
        rows.map((_, n) => `r${n}`),
      )
      await placeHold(catalog, { ...BECAUSE, orgId: 'acme', subject: 'recording', subjectId: 'r0' })
      for (const [n, { owner_id, status, ended, asked, isClaimed }] of rows.entries()) {
        await catalog.db
          .updateTable('recordings')
          .set({
            owner_id,
            status,
            ended_log_ms: START_MS + ended * DAY_MS,
            deletion_due_ms: asked === null ? null : START_MS + asked * DAY_MS + 1,
            claimed_at_ms: isClaimed ? START_MS : null,
            size_bytes: n,
          })
          .where('recording_id', '=', `r${n}`)
          .execute()
      }
      await writeTier(catalog, { tier: 'go', sinceMs: START_MS + 15 * DAY_MS }, { userIds: ['ann'] })
      const atMs = START_MS + 20 * DAY_MS - 1
      const days = 35
      const expected = new Map<number, { recordings: number; sizeBytes: number }>()
      const dayOf = (row: RowWithRetentionFacts): number => {
        const verdict = verdictOf(row)
        const dueMs = row.claimed_at_ms !== null ? atMs : verdict.kind === 'due' ? verdict.dueAtMs : Number.POSITIVE_INFINITY
        return Math.max(0, Math.floor((dueMs - atMs) / DAY_MS))
      }
      const goesWithin = (row: RowWithRetentionFacts): boolean => dayOf(row) < days
      const idOf = (row: RowWithRetentionFacts): string => row.recording_id
      const all = await withRetentionFacts(catalog.db).execute()
      for (const row of all.filter(goesWithin)) {
        const dueDay = dayOf(row)
        const sum = expected.get(dueDay) ?? { recordings: 0, sizeBytes: 0 }
        expected.set(dueDay, { recordings: sum.recordings + 1, sizeBytes: sum.sizeBytes + row.size_bytes })
      }
      const looked = await withRetentionFacts(catalog.db)
        .where(mayGoBy(atMs + days * DAY_MS - 1))
        .execute()
      expect(looked.filter(goesWithin).map(idOf).toSorted(), 'a first look passes nothing over').toEqual(all.filter(goesWithin).map(idOf).toSorted())
      const found = await expiriesByDay(catalog, { atMs, days })
      expect(new Map(found.map(({ day: dueDay, recordings, sizeBytes }) => [dueDay, { recordings, sizeBytes }]))).toEqual(
        new Map([...expected].toSorted(([a], [b]) => a - b)),
      )
      expect(found.length).toBeGreaterThan(10)
      expect(found.at(-1)?.day).toBeGreaterThan(Math.floor(GO_RETENTION_MS / DAY_MS) - 20)
    })
  })
}
