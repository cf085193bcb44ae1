import { describe, expect, test } from 'vitest'
import { BRAKE_LIMITS, type BrakeLimits } from '@twinreel/recording/brake'
import { GO_RETENTION_MS } from '@twinreel/recording/retention'
import { changeTier } from '../accounts/tiers.ts'
import { forgetFuture, setCaughtUp } from '../caught-up.ts'
import { UNEXPLAINED, type Allowance } from '../claim-allowance.ts'
import { confirmHalt } from '../confirm-halt.ts'
import { brakeFacts, dueByOrg, recordingsUpTo } from '../due-by-org.ts'
import { placeHold } from '../legal-holds.ts'
import { recordRefusals, retryAfterMs, waitingRetries } from '../purge-retries.ts'
import { countHalted, liftHalt, listHalts, putHalt } from '../retention-halts.ts'
import { setRetentionWatermark } from '../retention-clock.ts'
import { LEASE_MS, LeaseLostError, freeLease, leaseHolder, renewLease, takeLease } from '../retention-lease.ts'
import { claimForPurge, claimedUnfinished, type ClaimOutcome } from '../retention.ts'
import { BECAUSE, START_MS, benchWithUsers, finishedRecordings, type Bench, type MakeCatalog } from './setup.ts'
import { writeTier } from './write-tier.ts'

const DUE_MS = START_MS + 2_500 + GO_RETENTION_MS
const IDS = ['rec-1', 'rec-2', 'rec-3', 'rec-4']
const ALLOWANCE: Allowance = { caughtUpMs: null, room: 10, confirmed: null, ceilings: new Map() }

const LIMITS: BrakeLimits = { ...BRAKE_LIMITS, recordings: 1 }
const CONFIRM = { ...BECAUSE, orgId: 'acme', limits: LIMITS }

/** Ann, who was moved to the free tier alone, thirty days after her four recordings. They are due. */
async function movedAlone(make: MakeCatalog): Promise<Bench> {
  const made = await benchWithUsers(make, 'ann')
  await finishedRecordings(made.recorder, IDS)
  await changeTier(made.catalog, { ...BECAUSE, userId: 'ann', tier: 'standard' })
  made.clock.nowMs = DUE_MS
  await changeTier(made.catalog, { ...BECAUSE, userId: 'ann', tier: 'go' })
  made.clock.nowMs += GO_RETENTION_MS
  return made
}

const claimed = (outcomes: readonly ClaimOutcome[]): string[] => outcomes.flatMap((outcome) => (outcome.kind === 'claimed' ? [outcome.recordingId] : []))

export function retentionBrakeContract(make: MakeCatalog): void {
  describe('retention’s brake', () => {
    test('one worker has the turn, until it ends it or has been silent for a minute', async () => {
      const { retention, other, clock } = await benchWithUsers(make)
      expect(await takeLease(retention, 'one')).toBeNull()
      expect(await takeLease(other, 'two')).toEqual({ holder: 'one', sinceMs: START_MS })
      clock.nowMs += LEASE_MS - 1
      expect(await renewLease(retention, 'one')).toBe(true)
      clock.nowMs += LEASE_MS - 1
      expect(await takeLease(other, 'two')).toMatchObject({ holder: 'one' })
      clock.nowMs += 1
      expect(await takeLease(other, 'two')).toBeNull()
      expect(await renewLease(retention, 'one')).toBe(false)
      await freeLease(retention, 'one')
      expect(await leaseHolder(retention.db)).toMatchObject({ holder: 'two' })
      await expect(claimForPurge(retention, ['rec-1'], { holder: 'one' })).rejects.toThrow(LeaseLostError)
      await freeLease(retention, 'two')
      expect(await takeLease(retention, 'one')).toBeNull()
    })

    test('of many that ask at once one gets the turn', async () => {
      const { retention, other } = await benchWithUsers(make)
      const answers = await Promise.all(Array.from({ length: 10 }, (_, n) => takeLease(n % 2 === 0 ? retention : other, `worker-${n}`)))
      expect(answers.filter((answer) => answer === null)).toHaveLength(1)
    })

    test('no more is claimed of an organization than a run may, and nothing of one that was not judged or is halted', async () => {
      const made = await benchWithUsers(make, 'ann')
      await finishedRecordings(made.recorder, IDS)
      made.clock.nowMs = DUE_MS
      const claim = (allowances: ReadonlyMap<string, Allowance>) => claimForPurge(made.retention, IDS, { allowances })
      expect(claimed(await claim(new Map()))).toEqual([])
      await putHalt(made.retention, { orgId: 'acme', dueCount: 4, totalCount: 4 })
      expect(await claim(new Map([['acme', ALLOWANCE]]))).toEqual(IDS.map((recordingId) => ({ recordingId, kind: 'left', orgId: 'acme', isAlone: false })))
      for (const { haltId } of await listHalts(made.catalog.db)) await liftHalt(made.retention, haltId)
      expect(claimed(await claim(new Map([['acme', { ...ALLOWANCE, room: 3 }]])))).toEqual(['rec-1', 'rec-2', 'rec-3'])
    })

    test('what nothing explains is claimed up to its ceiling, by however many workers that judged alike', async () => {
      const made = await benchWithUsers(make, 'ann')
      await finishedRecordings(made.recorder, IDS)
      made.clock.nowMs = DUE_MS
      const judged = { ...ALLOWANCE, caughtUpMs: DUE_MS, ceilings: new Map([[UNEXPLAINED, 2]]) }
      const allowances = new Map([['acme', judged]])
      const outcomes = await Promise.all([
        claimForPurge(made.retention, IDS.slice(0, 2), { allowances }),
        claimForPurge(made.other, IDS.slice(2), { allowances }),
      ])
      expect(claimed(outcomes.flat())).toHaveLength(2)
      expect(claimed(await claimForPurge(made.retention, IDS, { allowances: new Map([['acme', { ...judged, ceilings: new Map() }]]) }))).toEqual([])
    })

    test('what a confirmed change or a confirmed halt explains is counted under it', async () => {
      const made = await benchWithUsers(make, 'ann')
      await finishedRecordings(made.recorder, IDS)
      await changeTier(made.catalog, { ...BECAUSE, userId: 'ann', tier: 'standard' })
      made.clock.nowMs = DUE_MS
      await changeTier(made.catalog, { ...BECAUSE, userId: 'ann', tier: 'go' })
      const change = { change_id: 'change-1', org_id: 'acme', tier: 'go', user_count: 1, recording_count: 2, ...BECAUSE, made_at_ms: DUE_MS }
      await made.catalog.db.insertInto('tier_changes').values(change).execute()
      await writeTier(made.catalog, { tier: 'go', sinceMs: DUE_MS, changeId: 'change-1' })
      made.clock.nowMs += GO_RETENTION_MS
      const [org] = (await dueByOrg(made.retention, { nowMs: made.clock.nowMs, countUpTo: 10 })).due
      expect(org).toEqual({ orgId: 'acme', count: 4, isQuestionable: true, caughtUpMs: null })
      expect((await dueByOrg(made.retention, { nowMs: made.clock.nowMs, countUpTo: 2 })).due).toMatchObject([{ orgId: 'acme', count: 3 }])
      const ceilings = new Map([
        ['change-1', 2],
        ['halt-1', 1],
      ])
      const under = (atMs: number) =>
        claimForPurge(made.retention, IDS, { allowances: new Map([['acme', { ...ALLOWANCE, confirmed: { haltId: 'halt-1', atMs }, ceilings }]]) })
      const early = await under(made.clock.nowMs - 1)
      expect(early.filter(({ kind }) => kind !== 'claimed')).toEqual(
        IDS.slice(2).map((recordingId) => ({ recordingId, kind: 'left', orgId: 'acme', isAlone: true })),
      )
      expect([...claimed(early), ...claimed(await under(made.clock.nowMs))]).toHaveLength(3)
      const causes = await made.catalog.db.selectFrom('recordings').select('claim_cause').orderBy('recording_id').execute()
      expect(causes.map(({ claim_cause }) => claim_cause)).toEqual(['change-1', 'change-1', 'halt-1', null])
      const facts = (await brakeFacts(made.retention, org === undefined ? [] : [org], { nowMs: made.clock.nowMs, windowMs: 1_000 })).get('acme')
      expect(facts).toMatchObject({
        waiting: [{ cause: { kind: 'planned', changeId: 'change-1' }, dueAtMs: made.clock.nowMs, count: 1 }],
        planned: new Map([['change-1', 0]]),
      })
      expect([await recordingsUpTo(made.retention, 'acme', 5), await recordingsUpTo(made.retention, 'acme', 0)]).toEqual([1, 0])
    })

    test('an organization that was caught up stays so, until an operator says that the clock was ahead', async () => {
      const { retention, catalog } = await benchWithUsers(make)
      const at = async () => (await catalog.db.selectFrom('retention_orgs').selectAll().execute()).map((row) => row.caught_up_ms)
      await setCaughtUp(retention, START_MS, new Set(['acme']))
      expect(await at()).toEqual([])
      await setCaughtUp(retention, START_MS, new Set())
      await setCaughtUp(retention, START_MS - 3_600_000, new Set())
      expect(await at()).toEqual([START_MS])
      await setCaughtUp(retention, START_MS + 3_600_000, new Set())
      expect(await at()).toEqual([START_MS + 3_600_000])
      await forgetFuture(retention, START_MS + 1)
      expect(await at()).toEqual([START_MS + 1])
    })

    test('a halt is in force until it is lifted, and says what it stands for now until it is confirmed', async () => {
      const made = await movedAlone(make)
      const { retention, catalog, clock } = made
      await putHalt(retention, { orgId: 'acme', dueCount: 5, totalCount: 9 })
      await putHalt(retention, { orgId: 'acme', dueCount: 4, totalCount: 9 })
      expect(await listHalts(retention.db)).toMatchObject([{ orgId: 'acme', dueCount: 4, totalCount: 9, confirmed: null, liftedAtMs: null }])
      expect(await countHalted(retention)).toBe(1)
      const { haltId } = await confirmHalt(catalog, { ...CONFIRM, count: 4 })
      await putHalt(retention, { orgId: 'acme', dueCount: 7, totalCount: 9 })
      expect(await listHalts(retention.db, { orgId: 'acme' })).toMatchObject([
        { haltId, dueCount: 4, confirmed: { count: 4, atMs: clock.nowMs, by: 'admin-1' } },
      ])
      expect(await countHalted(retention)).toBe(0)
      await expect(confirmHalt(catalog, { ...CONFIRM, count: 4 })).rejects.toThrow('confirmed already, for 4 recordings')
      await liftHalt(retention, haltId)
      expect(await listHalts(retention.db)).toEqual([])
      expect(await listHalts(retention.db, { all: true })).toMatchObject([{ haltId, liftedAtMs: clock.nowMs }])
      await expect(confirmHalt(catalog, { ...CONFIRM, count: 4 })).rejects.toThrow('not halted')
    })

    test('a halt is confirmed by the number that is true at that moment, whatever the last run counted', async () => {
      const { retention, catalog } = await movedAlone(make)
      await putHalt(retention, { orgId: 'acme', dueCount: 6, totalCount: 9 })
      const stale = confirmHalt(catalog, { ...CONFIRM, count: 6 })
      await expect(stale).rejects.toThrow(
        '4 recordings of organization acme would go unexplained now; the last run counted 6 (2 fewer since). Confirmed were 6: nothing is confirmed',
      )
      await expect(stale).rejects.toMatchObject({ actual: 4 })
      await placeHold(catalog, { ...BECAUSE, orgId: 'acme', subject: 'recording', subjectId: 'rec-1' })
      await expect(confirmHalt(catalog, { ...CONFIRM, count: 4 })).rejects.toThrow('3 recordings of organization acme')
      expect(await listHalts(retention.db)).toMatchObject([{ dueCount: 6, confirmed: null }])
      expect(await confirmHalt(catalog, { ...CONFIRM, count: 3 })).toMatchObject({ confirmed: { count: 3 } })
    })

    test('when nothing unusual would go any more, nothing is confirmed, and the next run lifts the halt', async () => {
      const { retention, catalog } = await movedAlone(make)
      await putHalt(retention, { orgId: 'acme', dueCount: 4, totalCount: 4 })
      const loose = { ...LIMITS, recordings: 4 }
      await expect(confirmHalt(catalog, { ...CONFIRM, limits: loose, count: 4 })).rejects.toThrow('the next run lifts the halt')
      await changeTier(catalog, { ...BECAUSE, userId: 'ann', tier: 'standard' })
      await expect(confirmHalt(catalog, { ...CONFIRM, count: 4 })).rejects.toThrow(/^0 recordings .* the next run lifts the halt/)
      expect(await listHalts(retention.db)).toMatchObject([{ confirmed: null }])
    })

    test('nothing is confirmed by a clock that lies behind the last run', async () => {
      const { retention, catalog, clock } = await movedAlone(make)
      await putHalt(retention, { orgId: 'acme', dueCount: 4, totalCount: 4 })
      await setRetentionWatermark(retention, clock.nowMs + 3_600_001)
      await expect(confirmHalt(catalog, { ...CONFIRM, count: 4 })).rejects.toMatchObject({ code: 'clock-behind' })
    })

    test('what the store refuses waits longer each time, an hour at most', async () => {
      const made = await benchWithUsers(make, 'ann')
      await finishedRecordings(made.recorder, IDS)
      made.clock.nowMs = DUE_MS
      await claimForPurge(made.retention, IDS)
      const now = async () => (await claimedUnfinished(made.retention, { limit: 10, nowMs: made.clock.nowMs })).map(({ recordingId }) => recordingId)
      await recordRefusals(made.retention, ['rec-1', 'rec-2'])
      expect([await now(), await waitingRetries(made.retention)]).toEqual([IDS, 0])
      await recordRefusals(made.retention, ['rec-1'])
      expect([await now(), await waitingRetries(made.retention)]).toEqual([['rec-2', 'rec-3', 'rec-4'], 1])
      made.clock.nowMs += 60_000
      expect(await now()).toEqual(IDS)
      // A clock that was ahead, and is right again, keeps nothing waiting for years.
      made.clock.nowMs += GO_RETENTION_MS
      await recordRefusals(made.retention, IDS)
      await recordRefusals(made.retention, IDS)
      expect([await now(), await waitingRetries(made.retention)]).toEqual([[], 4])
      made.clock.nowMs -= GO_RETENTION_MS
      expect([await now(), await waitingRetries(made.retention)]).toEqual([IDS, 0])
      expect([1, 2, 3, 8, 9, 100].map(retryAfterMs)).toEqual([0, 60_000, 120_000, 3_600_000, 3_600_000, 3_600_000])
    })
  })
}
