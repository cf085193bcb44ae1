import { describe, expect, test } from 'vitest'
import { GO_RETENTION_MS } from '@twinreel/recording/retention'
import { changeTier } from '../accounts/tiers.ts'
import { forgetFuture, setCaughtUp } from '../caught-up.ts'
import { UNEXPLAINED, type Allowance } from '../claim-allowance.ts'
import { brakeFacts, dueByOrg, recordingsUpTo } from '../due-by-org.ts'
import { recordRefusals, retryAfterMs, waitingRetries } from '../purge-retries.ts'
import { confirmHalt, countHalted, liftHalt, listHalts, putHalt } from '../retention-halts.ts'
import { LEASE_MS, LeaseLostError, freeLease, leaseHolder, renewLease, takeLease } from '../retention-lease.ts'
import { claimForPurge, claimedUnfinished, type ClaimOutcome } from '../retention.ts'
import { BECAUSE, START_MS, benchWithUsers, finishedRecordings, type MakeCatalog } from './setup.ts'
import { writeTier } from './write-tier.ts'

const DUE_MS = START_MS + 2_500 + GO_RETENTION_MS
const IDS = ['rec-1', 'rec-2', 'rec-3', 'rec-4']
const ALLOWANCE: Allowance = { caughtUpMs: null, room: 10, haltId: null, ceilings: new Map() }

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
      expect(await claim(new Map([['acme', ALLOWANCE]]))).toEqual(IDS.map((recordingId) => ({ recordingId, kind: 'left', orgId: 'acme' })))
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
      const outcomes = await claimForPurge(made.retention, IDS, { allowances: new Map([['acme', { ...ALLOWANCE, haltId: 'halt-1', ceilings }]]) })
      expect(claimed(outcomes)).toHaveLength(3)
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

    test('a halt is in force until it is lifted, and confirmed by the number it names', async () => {
      const { retention, catalog } = await benchWithUsers(make)
      await putHalt(retention, { orgId: 'acme', dueCount: 5, totalCount: 9 })
      await putHalt(retention, { orgId: 'acme', dueCount: 6, totalCount: 9 })
      expect(await listHalts(retention.db)).toMatchObject([{ orgId: 'acme', dueCount: 6, totalCount: 9, confirmed: null, liftedAtMs: null }])
      expect(await countHalted(retention)).toBe(1)
      await expect(confirmHalt(catalog, { ...BECAUSE, orgId: 'acme', count: 5 })).rejects.toThrow('names 6 recordings now, not 5')
      const { haltId } = await confirmHalt(catalog, { ...BECAUSE, orgId: 'acme', count: 6 })
      await putHalt(retention, { orgId: 'acme', dueCount: 7, totalCount: 9 })
      expect(await listHalts(retention.db, { orgId: 'acme' })).toMatchObject([{ haltId, dueCount: 6, confirmed: { count: 6, by: 'admin-1' } }])
      expect(await countHalted(retention)).toBe(0)
      await liftHalt(retention, haltId)
      expect(await listHalts(retention.db)).toEqual([])
      expect(await listHalts(retention.db, { all: true })).toMatchObject([{ haltId, liftedAtMs: START_MS }])
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
