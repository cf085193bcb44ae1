import { describe, expect, test } from 'vitest'
import { GO_RETENTION_MS } from '@twinreel/recording/retention'
import { tierHistory } from '../accounts/history.ts'
import { enableOrganization } from '../accounts/organizations.ts'
import { switchRecordingOn } from '../accounts/recording-switch.ts'
import { showUser } from '../accounts/show.ts'
import { moveTiers, planTierMove } from '../accounts/tier-moves.ts'
import { changeTier } from '../accounts/tiers.ts'
import { addUser } from '../accounts/users.ts'
import { deleteRecordings } from '../deletions.ts'
import { placeHold } from '../legal-holds.ts'
import type { Catalog } from '../open.ts'
import { showRecording } from '../recordings.ts'
import { setRetentionWatermark } from '../retention-clock.ts'
import { claimForPurge } from '../retention.ts'
import { BECAUSE, START_MS, assigned, benchWithUsers, dueAt, finishedRecordings, started, type Bench, type MakeCatalog } from './setup.ts'
import { writeTier } from './write-tier.ts'
import { commit } from '../recorder.ts'

const ENDED_MS = START_MS + 2_500
const LATER_MS = START_MS + 100 * 86_400_000

/** Users of `acme` on a tier of theirs, each with two recordings. */
async function withRecordings(make: MakeCatalog, tier: 'go' | 'standard', ...userIds: string[]): Promise<Bench> {
  const made = await benchWithUsers(make, ...userIds)
  for (const userId of userIds) {
    await finishedRecordings(made.recorder, [`${userId}-1`, `${userId}-2`], { ownerId: userId })
    if (tier !== 'go') await changeTier(made.catalog, { ...BECAUSE, userId, tier })
  }
  made.clock.nowMs = LATER_MS
  return made
}

async function tierOf(catalog: Catalog, userId: string): Promise<string | undefined> {
  return (await showUser(catalog, userId))?.account?.tier
}

export function tierMovesContract(make: MakeCatalog): void {
  describe('tiers of many users', () => {
    test('to Go is refused, for one and for many, while the clock lies behind what retention has seen by it: thirty days would be over too early', async () => {
      const made = await withRecordings(make, 'standard', 'ann')
      const { catalog, clock } = made
      await setRetentionWatermark(made.retention, LATER_MS)
      clock.nowMs = LATER_MS - 10 * 365 * 86_400_000
      const move = { ...BECAUSE, tier: 'go', users: { userIds: ['ann'] }, confirm: 2 } as const
      await expect(changeTier(catalog, { ...BECAUSE, userId: 'ann', tier: 'go' })).rejects.toMatchObject({ code: 'clock-behind' })
      await expect(moveTiers(catalog, move)).rejects.toThrow('recordings would be due too early')
      await changeTier(catalog, { ...BECAUSE, userId: 'ann', tier: 'ai' })
      expect((await showUser(catalog, 'ann'))?.account?.tier).toBe('ai')
      clock.nowMs = LATER_MS - 3_600_000
      await moveTiers(catalog, move)
      expect((await showUser(catalog, 'ann'))?.account?.tier).toBe('go')
    })

    test('a dry run says how many recordings become due and when, and changes nothing', async () => {
      const { catalog, clock } = await withRecordings(make, 'standard', 'ann', 'bob')
      const plan = await planTierMove(catalog, { tier: 'go', users: { orgId: 'acme' } })
      const dueAtMs = LATER_MS + GO_RETENTION_MS
      const effects = { becomeDue: 4, firstDueAtMs: dueAtMs, lastDueAtMs: dueAtMs, saved: 0, held: 0 }
      expect(plan).toEqual({
        tier: 'go',
        organizations: [{ orgId: 'acme', users: 2, unchanged: 0, ...effects }],
        total: { users: 2, unchanged: 0, ...effects },
        refused: [],
      })
      expect(await tierOf(catalog, 'ann')).toBe('standard')
      clock.nowMs = dueAtMs
      expect(await dueAt(catalog, clock.nowMs)).toEqual([])
    })

    test('the count that was confirmed must be the count of that moment, else nothing changes', async () => {
      const { catalog } = await withRecordings(make, 'standard', 'ann', 'bob')
      const move = { ...BECAUSE, tier: 'go', users: { orgId: 'acme' } } as const
      await expect(moveTiers(catalog, { ...move, confirm: 3 })).rejects.toThrow('recordings that become due: 4 now, not 3 as confirmed; nothing was changed')
      await expect(moveTiers(catalog, { ...move, confirm: null })).rejects.toThrow('4 now, not 0')
      expect([await tierOf(catalog, 'ann'), await tierOf(catalog, 'bob')]).toEqual(['standard', 'standard'])
      expect(await catalog.db.selectFrom('tier_changes').selectAll().execute()).toEqual([])
    })

    test('confirmed, the recordings are due when it was said, and accounts, histories and the change tell of each other', async () => {
      const made = await withRecordings(make, 'standard', 'ann', 'bob')
      const { catalog } = made
      const { changes, total } = await moveTiers(catalog, { actor: 'alice', reason: 'contract ended', tier: 'go', users: { orgId: 'acme' }, confirm: 4 })
      const [change] = changes
      expect(await catalog.db.selectFrom('tier_changes').selectAll().execute()).toEqual([
        {
          change_id: change?.changeId,
          org_id: 'acme',
          tier: 'go',
          user_count: 2,
          recording_count: 4,
          actor: 'alice',
          reason: 'contract ended',
          made_at_ms: LATER_MS,
        },
      ])
      const accounts = await catalog.db.selectFrom('accounts').select(['tier', 'tier_since_ms', 'tier_change']).execute()
      expect(accounts).toEqual(Array.from({ length: 2 }, () => ({ tier: 'go', tier_since_ms: LATER_MS, tier_change: change?.changeId })))
      expect((await tierHistory(catalog, 'bob')).at(-1)).toEqual({
        fromMs: LATER_MS,
        tier: 'go',
        changeId: change?.changeId,
        actor: 'alice',
        reason: 'contract ended',
      })
      expect((await showRecording(catalog, 'ann-1'))?.dueAtMs).toBe(total.firstDueAtMs)
      const nowMs = total.lastDueAtMs ?? 0
      expect(await dueAt(made.retention, nowMs - 1)).toEqual([])
      expect(await dueAt(made.retention, nowMs)).toEqual(['ann-1', 'ann-2', 'bob-1', 'bob-2'])
    })

    test('counted is what becomes due by the rule: not what is held, live, in the bin, or being deleted', async () => {
      const made = await withRecordings(make, 'standard', 'ann', 'bob')
      const { catalog, recorder } = made
      await finishedRecordings(recorder, ['claimed'])
      await commit(recorder, await assigned(recorder), [started('live')])
      await placeHold(catalog, { ...BECAUSE, orgId: 'acme', subject: 'user', subjectId: 'bob' })
      await deleteRecordings(catalog, { ...BECAUSE, recordingIds: ['ann-1', 'claimed'], by: 'admin' })
      await catalog.db.updateTable('recordings').set({ claimed_at_ms: 1 }).where('recording_id', '=', 'claimed').execute()
      const { total } = await planTierMove(catalog, { tier: 'go', users: { userIds: ['ann', 'bob'] } })
      expect(total).toMatchObject({ users: 2, becomeDue: 1, held: 2, saved: 0 })
      await moveTiers(catalog, { ...BECAUSE, tier: 'go', users: { userIds: ['ann', 'bob'] }, confirm: 1 })
      expect(await dueAt(made.retention, LATER_MS + GO_RETENTION_MS)).toEqual(['ann-1', 'ann-2'])
    })

    test('an upgrade needs no confirmation, says what it saves, and stops deletion at once for everything not claimed', async () => {
      const made = await withRecordings(make, 'go', 'ann', 'bob')
      await claimForPurge(made.retention, ['ann-1'])
      const { total } = await moveTiers(made.catalog, { ...BECAUSE, tier: 'ai', users: { orgId: 'acme' }, confirm: null })
      expect(total).toMatchObject({ users: 2, becomeDue: 0, saved: 3 })
      expect(await dueAt(made.retention, LATER_MS)).toEqual([])
      expect((await claimForPurge(made.retention, ['ann-1', 'ann-2', 'bob-1'])).map((outcome) => 'why' in outcome && outcome.why)).toEqual([
        'already-claimed',
        'paid-tier',
        'paid-tier',
      ])
    })

    test('a recording that somebody deleted is not saved by an upgrade', async () => {
      const made = await withRecordings(make, 'go', 'ann')
      await deleteRecordings(made.catalog, { ...BECAUSE, recordingIds: ['ann-1'], by: 'user' })
      expect((await planTierMove(made.catalog, { tier: 'standard', users: { orgId: 'acme' } })).total).toMatchObject({ saved: 1 })
    })

    test('any number of moves stand in the history, with who, why, and of which change each was a part', async () => {
      const { catalog, clock } = await withRecordings(make, 'standard', 'ann')
      for (const [index, tier] of (['go', 'ai', 'standard', 'go'] as const).entries()) {
        clock.nowMs += 1_000
        await moveTiers(catalog, { actor: 'alice', reason: `move ${index}`, tier, users: { userIds: ['ann'] }, confirm: tier === 'go' ? 2 : null })
      }
      await changeTier(catalog, { ...BECAUSE, userId: 'ann', tier: 'ai' })
      const history = await tierHistory(catalog, 'ann')
      expect(history.map(({ tier, changeId, reason }) => [tier, changeId !== null, reason])).toEqual([
        ['go', false, 'test'],
        ['standard', false, 'test'],
        ['go', true, 'move 0'],
        ['ai', true, 'move 1'],
        ['standard', true, 'move 2'],
        ['go', true, 'move 3'],
        ['ai', false, 'test'],
      ])
      expect(await catalog.db.selectFrom('accounts').select('tier_change').execute()).toEqual([{ tier_change: null }])
    })

    test('users who can’t be moved are named, the others are moved, and who has the tier already begins nothing anew', async () => {
      const { catalog, clock } = await withRecordings(make, 'go', 'ann')
      await addUser(catalog, { ...BECAUSE, userId: 'carol', orgId: 'acme', licence: 'basic' })
      const users = { userIds: ['nobody', 'carol', 'ann', 'ann'] }
      const { refused, total } = await moveTiers(catalog, { ...BECAUSE, tier: 'standard', users, confirm: null })
      expect(refused).toEqual([
        { userId: 'carol', why: 'no-account' },
        { userId: 'nobody', why: 'unknown-user' },
      ])
      expect(total).toMatchObject({ users: 1, unchanged: 0 })
      clock.nowMs += 1_000
      const again = await moveTiers(catalog, { ...BECAUSE, tier: 'standard', users, confirm: null })
      expect(again).toMatchObject({ total: { users: 0, unchanged: 1 }, changes: [] })
      expect((await showUser(catalog, 'ann'))?.account?.tierSinceMs).toBe(LATER_MS)
      await expect(planTierMove(catalog, { tier: 'go', users: { orgId: 'nowhere' } })).rejects.toThrow('organization nowhere is unknown')
    })

    test('a list over several organizations is one change in each, and all or none', async () => {
      const { catalog, recorder } = await withRecordings(make, 'standard', 'ann')
      await enableOrganization(catalog, { ...BECAUSE, orgId: 'rival', name: 'Rival', partnerId: 'carrier' })
      await addUser(catalog, { ...BECAUSE, userId: 'rob', orgId: 'rival', licence: 'basic' })
      await switchRecordingOn(catalog, { ...BECAUSE, userId: 'rob', settings: {} })
      await changeTier(catalog, { ...BECAUSE, userId: 'rob', tier: 'ai' })
      const begun = { ...started('rob-1', { ownerId: 'rob', callId: 'call-rob' }), orgId: 'rival' } as ReturnType<typeof started>
      await commit(recorder, await assigned(recorder), [begun])
      await catalog.db.updateTable('recordings').set({ ended_log_ms: ENDED_MS }).where('recording_id', '=', 'rob-1').execute()
      const users = { userIds: ['ann', 'rob'] }
      await expect(moveTiers(catalog, { ...BECAUSE, tier: 'go', users, confirm: 2 })).rejects.toThrow('3 now, not 2')
      expect(await tierOf(catalog, 'ann')).toBe('standard')
      const { organizations, changes } = await moveTiers(catalog, { ...BECAUSE, tier: 'go', users, confirm: 3 })
      expect(organizations.map(({ orgId, becomeDue }) => [orgId, becomeDue])).toEqual([
        ['acme', 2],
        ['rival', 1],
      ])
      expect(changes.map(({ orgId }) => orgId)).toEqual(['acme', 'rival'])
    })

    test('an upgrade of many that comes while a claim decides waits for it; committed before, it saves them all', async () => {
      const made = await withRecordings(make, 'go', 'ann', 'bob', 'carol')
      let [upgraded, upgrade] = [false, undefined as Promise<void> | undefined]
      const deciding: Catalog = {
        ...made.retention,
        async nowMs(within) {
          upgrade ??= moveTiers(made.other, { ...BECAUSE, tier: 'ai', users: { orgId: 'acme' }, confirm: null }).then(() => void (upgraded = true))
          // Round trips enough for it to go through, if nothing stopped it.
          for (let n = 0; n < 60; n += 1) await within?.selectFrom('accounts').select('tier').execute()
          expect(upgraded).toBe(false)
          return made.retention.nowMs(within)
        },
      }
      expect(await claimForPurge(deciding, ['bob-1'])).toEqual([{ recordingId: 'bob-1', kind: 'claimed' }])
      await upgrade
      expect((await claimForPurge(made.retention, ['ann-1', 'bob-2', 'carol-1'])).map(({ kind }) => kind)).toEqual(['kept', 'kept', 'kept'])
    })

    test('upgrades of many racing with claims and with each other: whatever is not claimed is saved, every time', async () => {
      const users = Array.from({ length: 12 }, (_, i) => `user-${i}`)
      const made = await withRecordings(make, 'go', ...users)
      for (let round = 0; round < 5; round += 1) {
        await writeTier(made.catalog, { tier: 'go', sinceMs: START_MS })
        const open = await dueAt(made.catalog, LATER_MS)
        const half = open.slice(0, 3)
        const [claims, one, other] = await Promise.all([
          claimForPurge(made.retention, half),
          moveTiers(made.other, { ...BECAUSE, tier: 'standard', users: { userIds: users.toReversed() }, confirm: null }),
          moveTiers(made.catalog, { ...BECAUSE, tier: 'ai', users: { orgId: 'acme' }, confirm: null }),
        ])
        const claimed = new Set(claims.filter(({ kind }) => kind === 'claimed').map(({ recordingId }) => recordingId))
        const rows = await made.catalog.db.selectFrom('recordings').select('recording_id').where('claimed_at_ms', 'is not', null).execute()
        for (const id of half) expect(rows.some((row) => row.recording_id === id)).toBe(claimed.has(id))
        expect(one.total.users + other.total.users).toBe(24)
        expect((await claimForPurge(made.retention, open)).every((outcome) => outcome.kind === 'kept')).toBe(true)
      }
    })
  })
}
