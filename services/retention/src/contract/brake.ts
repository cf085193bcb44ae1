import { beforeEach, describe, expect, test } from 'vitest'
import { changeTier } from '@twinreel/catalog/accounts/tiers'
import { BECAUSE, START_MS } from '@twinreel/catalog/contract/setup'
import { writeTier } from '@twinreel/catalog/contract/write-tier'
import { waitingEntries } from '@twinreel/catalog/journal/write'
import { placeHold, releaseHold } from '@twinreel/catalog/legal-holds'
import { confirmHalt } from '@twinreel/catalog/confirm-halt'
import { listHalts } from '@twinreel/catalog/retention-halts'
import type { ObjectStore } from '@twinreel/object-store/port'
import { BRAKE_LIMITS } from '@twinreel/recording/brake'
import { GO_RETENTION_MS } from '@twinreel/recording/retention'
import { crowd, leftOf, moveAllToGo, moveConfirmed } from '../crowd.ts'
import { world, type World, type WorldEngines } from '../world.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const ENDED_MS = START_MS - 90 * DAY_MS
const PAID = { tier: 'standard', tierSinceMs: 0, endedMs: ENDED_MS }

/** Few enough to be made quickly; the rule's own figures are under test in packages/recording. */
const FEW = { limits: { recordings: 10, share: 0.2 } }
const CONFIRM = { ...BECAUSE, orgId: 'big', limits: BRAKE_LIMITS }
const CONFIRM_FEW = { ...CONFIRM, limits: { ...BRAKE_LIMITS, ...FEW.limits } }

export function brakeContract(make?: () => Promise<WorldEngines>): void {
  describe('retention’s brake', () => {
    let made: World
    beforeEach(async () => {
      made = await world(make)
    })

    test('five hundred users who were moved to the free tier by a confirmed change are rid of their recordings within one run of hour 720', async () => {
      await crowd(made, { orgId: 'big', users: 500, recordings: 3, ...PAID })
      await made.run()
      expect(await moveConfirmed(made, 'big')).toBe(1_500)
      made.clock.nowMs += GO_RETENTION_MS - 1
      expect(await made.run()).toMatchObject({ claimed: 0 })
      made.clock.nowMs += 1
      expect(await made.run()).toMatchObject({ haltedOrgs: [], claimed: 1_500, purged: 1_500, more: false })
      expect([await leftOf(made, 'big'), await made.keys()]).toEqual([0, []])
    })

    test('the same five hundred moved without a plan are kept, and other organizations go on', async () => {
      await crowd(made, { orgId: 'big', users: 500, recordings: 3, ...PAID })
      await crowd(made, { orgId: 'other', users: 2, recordings: 2, ...PAID, tier: 'go', endedMs: START_MS })
      await made.run()
      // One by one, as a script does that knows nothing of dry runs.
      for (let n = 0; n < 500; n += 1) await changeTier(made.catalog, { ...BECAUSE, userId: `big-user-${n}`, tier: 'go' })
      made.clock.nowMs += GO_RETENTION_MS
      const report = await made.run()
      expect(report).toMatchObject({ halted: null, haltedOrgs: [{ orgId: 'big', dueCount: 1_500, totalCount: 1_500 }], claimed: 4, purged: 4 })
      expect([await leftOf(made, 'big'), await leftOf(made, 'other'), await made.keys()]).toEqual([
        1_500,
        0,
        ['recordings/big/big-user-0/big-user-0-rec-0/manifest.json'],
      ])
      made.clock.nowMs += DAY_MS * 10
      expect(await made.run()).toMatchObject({ haltedOrgs: [{ orgId: 'big' }], claimed: 0 })
      // A catalog rebuilt from the bucket knows of it too.
      expect(await waitingEntries(made.catalog)).toBe(0)
      await expect(confirmHalt(made.catalog, { ...CONFIRM, count: 1_499 })).rejects.toThrow('the last run counted 1500. Confirmed were 1499')
      await expect(confirmHalt(made.catalog, { ...CONFIRM, orgId: 'other', count: 4 })).rejects.toThrow('not halted')
      await confirmHalt(made.catalog, { ...CONFIRM, count: 1_500 })
      expect(await made.run()).toMatchObject({ haltedOrgs: [], purged: 1_500 })
      expect(await listHalts(made.catalog.db)).toEqual([])
      expect(await listHalts(made.catalog.db, { all: true })).toMatchObject([{ orgId: 'big', confirmed: { count: 1_500 }, liftedAtMs: made.clock.nowMs }])
    })

    test('a tier that is written straight into the database with its history, long ago, halts what it makes due at once', async () => {
      await crowd(made, { orgId: 'big', users: 5, recordings: 4, ...PAID })
      await made.run(FEW)
      made.clock.nowMs += HOUR_MS
      await writeTier(made.catalog, { tier: 'go', sinceMs: 0 })
      expect(await made.run(FEW)).toMatchObject({ haltedOrgs: [{ orgId: 'big', dueCount: 20, totalCount: 20 }], claimed: 0 })
      // A time between its end and the last run is no better.
      await writeTier(made.catalog, { tier: 'go', sinceMs: START_MS - GO_RETENTION_MS }, { orgId: 'big' })
      expect(await made.run(FEW)).toMatchObject({ haltedOrgs: [{ orgId: 'big', dueCount: 20 }], claimed: 0 })
      expect(await leftOf(made, 'big')).toBe(20)
    })

    test('a tier that is none is refused by the database, and one that is unknown keeps', async () => {
      await crowd(made, { orgId: 'big', users: 2, recordings: 2, ...PAID })
      await made.run(FEW)
      await expect(
        made.catalog.db
          .updateTable('accounts')
          .set({ tier: null as unknown as string })
          .execute(),
      ).rejects.toThrow(/null/i)
      await writeTier(made.catalog, { tier: 'platinum', sinceMs: 0 })
      made.clock.nowMs += 2 * GO_RETENTION_MS
      expect(await made.run(FEW)).toMatchObject({ haltedOrgs: [], claimed: 0 })
      expect(await leftOf(made, 'big')).toBe(4)
    })

    test('a worker that was down for a week deletes what fell due meanwhile, though it is a third of all', async () => {
      const go = { tier: 'go', tierSinceMs: 0 }
      await crowd(made, { orgId: 'big', users: 7, recordings: 5, ...go, endedMs: START_MS - GO_RETENTION_MS + HOUR_MS })
      const young = ['big-user-0', 'big-user-1', 'big-user-2', 'big-user-3']
      await made.catalog.db.updateTable('recordings').set({ ended_log_ms: START_MS }).where('owner_id', 'in', young).execute()
      expect(await made.run(FEW)).toMatchObject({ claimed: 0 })
      made.clock.nowMs += 7 * DAY_MS
      expect(await made.run(FEW)).toMatchObject({ haltedOrgs: [], claimed: 15, purged: 15 })
      expect(await leftOf(made, 'big')).toBe(20)
    })

    test('a slow drip of unplanned moves halts as soon as a day’s worth is too much', async () => {
      await crowd(made, { orgId: 'big', users: 10, recordings: 3, ...PAID })
      await made.run(FEW)
      for (let user = 0; user < 10; user += 1) {
        made.clock.nowMs += HOUR_MS
        await writeTier(made.catalog, { tier: 'go', sinceMs: made.clock.nowMs }, { userIds: [`big-user-${user}`] })
      }
      made.clock.nowMs += GO_RETENTION_MS - 10 * HOUR_MS
      for (let hour = 0; hour < 10; hour += 1) {
        made.clock.nowMs += HOUR_MS
        await made.run(FEW)
      }
      // Three a time: a fourth time would make twelve within a day.
      expect(await leftOf(made, 'big')).toBe(21)
      expect(await listHalts(made.catalog.db)).toMatchObject([{ orgId: 'big', dueCount: 21, totalCount: 30 }])
    })

    test('several days’ worth of small moves that fell due while the worker was down do not halt', async () => {
      await crowd(made, { orgId: 'big', users: 5, recordings: 6, ...PAID })
      await made.run(FEW)
      for (let user = 0; user < 5; user += 1) {
        await writeTier(made.catalog, { tier: 'go', sinceMs: made.clock.nowMs }, { userIds: [`big-user-${user}`] })
        made.clock.nowMs += DAY_MS
        await made.run(FEW)
      }
      made.clock.nowMs += GO_RETENTION_MS
      expect(await made.run(FEW)).toMatchObject({ haltedOrgs: [], claimed: 30 })
    })

    test('a plan explains as many recordings as it was confirmed for, and no more', async () => {
      await crowd(made, { orgId: 'big', users: 5, recordings: 10, ...PAID })
      await made.run(FEW)
      await moveAllToGo(made, 'big', { recordings: 30 })
      made.clock.nowMs += GO_RETENTION_MS
      expect(await made.run(FEW)).toMatchObject({ haltedOrgs: [{ orgId: 'big', dueCount: 20, totalCount: 50 }], claimed: 0 })
      await made.catalog.db.updateTable('tier_changes').set({ org_id: 'acme', recording_count: 50 }).execute()
      expect(await made.run(FEW)).toMatchObject({ haltedOrgs: [{ orgId: 'big', dueCount: 50 }], claimed: 0 })
      await made.catalog.db.updateTable('tier_changes').set({ org_id: 'big', recording_count: 42 }).execute()
      expect(await made.run(FEW)).toMatchObject({ haltedOrgs: [], claimed: 50 })
      expect(await listHalts(made.catalog.db)).toEqual([])
    })

    test('what falls due while a run goes on waits for the next one, and takes nobody’s place', async () => {
      const go = { tier: 'go', tierSinceMs: 0, endedMs: START_MS }
      // Four batches and more: the fourth is looked for when the first has been deleted.
      await crowd(made, { orgId: 'big', users: 5, recordings: 500, ...go })
      const later = made.catalog.db.selectFrom('recordings').select('recording_id').where('owner_id', '=', 'big-user-3').orderBy('recording_id').limit(200)
      await made.catalog.db
        .updateTable('recordings')
        .set({ ended_log_ms: START_MS + 60_000 })
        .where('recording_id', 'in', later)
        .execute()
      made.clock.nowMs += GO_RETENTION_MS
      const slow: ObjectStore = {
        ...made.store,
        deleteMany: async (keys) => {
          made.clock.nowMs = START_MS + GO_RETENTION_MS + 60_000
          return made.store.deleteMany(keys)
        },
      }
      expect(await made.run({ ...FEW, store: slow })).toMatchObject({ claimed: 2_300, more: false })
      expect(await made.run(FEW)).toMatchObject({ haltedOrgs: [], claimed: 200 })
    })

    test('an organization’s backlog keeps no other’s recordings waiting', async () => {
      const go = { tier: 'go', tierSinceMs: 0, endedMs: START_MS }
      await crowd(made, { orgId: 'backlog', users: 4, recordings: 10, ...go })
      await crowd(made, { orgId: 'small', users: 1, recordings: 3, ...go })
      made.clock.nowMs += GO_RETENTION_MS
      expect(await made.run({ maxPerRun: 10 })).toMatchObject({ claimed: 10, purged: 10, more: true })
      expect([await leftOf(made, 'backlog'), await leftOf(made, 'small')]).toEqual([33, 0])
      expect(await made.run({ maxPerOrg: 30 })).toMatchObject({ claimed: 30, more: true })
      // What a cap left is no surprise in the next run.
      expect(await made.run({ limits: { recordings: 0, share: 0.01 } })).toMatchObject({ haltedOrgs: [], claimed: 3, more: false })
    })

    test('a halt lifts itself when people are moved back, and what a hold keeps is not counted', async () => {
      await crowd(made, { orgId: 'big', users: 5, recordings: 4, ...PAID })
      await made.run(FEW)
      await moveAllToGo(made, 'big', null)
      made.clock.nowMs += GO_RETENTION_MS
      const hold = await placeHold(made.catalog, { ...BECAUSE, orgId: 'big', subject: 'user', subjectId: 'big-user-0' })
      expect(await made.run(FEW)).toMatchObject({ haltedOrgs: [{ dueCount: 16, totalCount: 20 }] })
      await writeTier(made.catalog, { tier: 'standard', sinceMs: made.clock.nowMs }, { orgId: 'big' })
      expect(await made.run(FEW)).toMatchObject({ haltedOrgs: [], claimed: 0 })
      expect(await listHalts(made.catalog.db)).toEqual([])
      await releaseHold(made.catalog, { ...BECAUSE, holdId: hold.holdId })
      expect(await leftOf(made, 'big')).toBe(20)
    })

    describe('what was confirmed', () => {
      /** Two users were moved alone, and two more, whose ids come first, ten hours later; there is a halt for the first two. */
      beforeEach(async () => {
        await crowd(made, { orgId: 'big', users: 4, recordings: 6, ...PAID })
        await made.run(FEW)
        await writeTier(made.catalog, { tier: 'go', sinceMs: START_MS }, { userIds: ['big-user-2', 'big-user-3'] })
        await writeTier(made.catalog, { tier: 'go', sinceMs: START_MS + 10 * HOUR_MS }, { userIds: ['big-user-0', 'big-user-1'] })
        made.clock.nowMs = START_MS + GO_RETENTION_MS
        expect(await made.run(FEW)).toMatchObject({ haltedOrgs: [{ dueCount: 12, totalCount: 24 }] })
      })

      const left = async (): Promise<string[]> => {
        const rows = await made.catalog.db
          .selectFrom('recordings')
          .select('owner_id')
          .distinct()
          .where('org_id', '=', 'big')
          .where('claimed_at_ms', 'is', null)
          .execute()
        return rows.map((row) => row.owner_id).toSorted()
      }

      test('is what is due at that moment: the number of a halt that is no longer true is refused, and nothing goes by it', async () => {
        made.clock.nowMs += 10 * HOUR_MS
        await expect(confirmHalt(made.catalog, { ...CONFIRM_FEW, count: 12 })).rejects.toThrow(
          '24 recordings of organization big would go unexplained now; the last run counted 12 (12 more since)',
        )
        expect(await made.run(FEW)).toMatchObject({ haltedOrgs: [{ dueCount: 24 }], claimed: 0 })
        await confirmHalt(made.catalog, { ...CONFIRM_FEW, count: 24 })
        expect(await made.run(FEW)).toMatchObject({ haltedOrgs: [], purged: 24 })
      })

      test('goes, and what became due since stays until it is confirmed, however late the next run and whoever comes first in it', async () => {
        await confirmHalt(made.catalog, { ...CONFIRM_FEW, count: 12 })
        await expect(confirmHalt(made.catalog, { ...CONFIRM_FEW, count: 12 })).rejects.toThrow('confirmed already, for 12')
        made.clock.nowMs += 10 * HOUR_MS
        // Pages of five: the first ones have nothing but what became due since.
        expect(await made.run({ ...FEW, maxPerOrg: 4 })).toMatchObject({ claimed: 4, more: true })
        expect(await made.run(FEW)).toMatchObject({ haltedOrgs: [], claimed: 8, more: true })
        expect(await left()).toEqual(['big-user-0', 'big-user-1'])
        expect(await made.run(FEW)).toMatchObject({ haltedOrgs: [{ dueCount: 12, totalCount: 12 }], claimed: 0 })
        await confirmHalt(made.catalog, { ...CONFIRM_FEW, count: 12 })
        expect(await made.run(FEW)).toMatchObject({ claimed: 12 })
      })

      test('goes together with what became due since, as long as that is little', async () => {
        await writeTier(made.catalog, { tier: 'standard', sinceMs: START_MS + 11 * HOUR_MS }, { userIds: ['big-user-1'] })
        await confirmHalt(made.catalog, { ...CONFIRM_FEW, count: 12 })
        made.clock.nowMs += 10 * HOUR_MS
        expect(await made.run(FEW)).toMatchObject({ haltedOrgs: [], claimed: 18, more: false })
        expect(await left()).toEqual(['big-user-1'])
      })

      test('does not go when more was due by then than was counted: nobody could tell those that were looked at from what was dated back', async () => {
        await confirmHalt(made.catalog, { ...CONFIRM_FEW, count: 12 })
        await writeTier(made.catalog, { tier: 'go', sinceMs: START_MS - HOUR_MS }, { userIds: ['big-user-0'] })
        expect(await made.run(FEW)).toMatchObject({ haltedOrgs: [{ dueCount: 18, totalCount: 24 }], claimed: 0 })
        expect(await listHalts(made.catalog.db)).toMatchObject([{ dueCount: 18, confirmed: null }])
      })

      test('is used up when all of it has gone, though some were moved back: what is moved again later is judged anew', async () => {
        await confirmHalt(made.catalog, { ...CONFIRM_FEW, count: 12 })
        await writeTier(made.catalog, { tier: 'standard', sinceMs: made.clock.nowMs }, { userIds: ['big-user-2'] })
        expect(await made.run(FEW)).toMatchObject({ claimed: 6, more: false })
        made.clock.nowMs += HOUR_MS
        await writeTier(made.catalog, { tier: 'go', sinceMs: START_MS }, { userIds: ['big-user-0', 'big-user-1'] })
        expect(await made.run(FEW)).toMatchObject({ haltedOrgs: [{ dueCount: 12, totalCount: 18 }], claimed: 0 })
      })

      test('is nothing when people were moved back: the next run lifts the halt, and nothing is confirmed', async () => {
        await writeTier(made.catalog, { tier: 'standard', sinceMs: made.clock.nowMs }, { orgId: 'big' })
        await expect(confirmHalt(made.catalog, { ...CONFIRM_FEW, count: 12 })).rejects.toThrow('the next run lifts the halt')
        expect(await made.run(FEW)).toMatchObject({ haltedOrgs: [], claimed: 0 })
        expect(await listHalts(made.catalog.db, { all: true })).toMatchObject([{ confirmed: null, liftedAtMs: made.clock.nowMs }])
      })
    })
  })
}
