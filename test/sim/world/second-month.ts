import { ConfirmationError } from '@twinreel/catalog/accounts/account-error'
import { changeTier } from '@twinreel/catalog/accounts/tiers'
import { moveTiers, planTierMove } from '@twinreel/catalog/accounts/tier-moves'
import { deleteRecordings, restoreRecordings } from '@twinreel/catalog/deletions'
import { eraseUser, planErasure } from '@twinreel/catalog/erasures'
import { BRAKE_LIMITS } from '@twinreel/recording/brake'
import { confirmHalt, HaltError } from '@twinreel/catalog/confirm-halt'
import type { Catalog } from '@twinreel/catalog/open'
import type { Random, Sim } from '../engine/types.ts'
import { BECAUSE, type Administrator } from './administrator.ts'
import type { WorldPlan } from './draw-world.ts'
import type { RetentionRun, Violation } from './evidence.ts'
import { runOnce } from './retention.ts'

const DAY_MS = 24 * 3_600_000
/** Longer than what became free on the first days is kept. */
const DAYS = 34
/** With this a run looks up what somebody asked to delete. */
const LOOK_AT_BIN = /^select "r"\."recording_id", "r"\."deletion_due_ms" from "recordings"/
/** Somebody else changes what is planned, between the plan and its confirmation. */
const MOST_PLANS = 20
/** How often somebody does something: before all else, while a run goes on, and after it. */
const OFTEN: Readonly<Record<Month['crowd'], { first: number; beside: number; afterwards: number }>> = {
  planned: { first: 0.2, beside: 0.05, afterwards: 0.1 },
  'one by one': { first: 0.5, beside: 0.1, afterwards: 0.2 },
  none: { first: 0.6, beside: 0.4, afterwards: 0.5 },
}

interface Month {
  sim: Sim
  dice: Random
  administrator: Administrator
  runs: RetentionRun[]
  /** So low that what one or two people own is unusually much. */
  limits: RetentionRun['limits']
  early: Violation[]
  crowd: 'planned' | 'one by one' | 'none'
}

/**
 * When everything else is over, of what is left: people delete and restore, are erased, are moved to the free tier all at once, with a plan and without; runs halt, and
 * somebody confirms it. From dice of its own, so that what comes before is what it was.
 */
export async function secondMonth(
  sim: Sim,
  world: WorldPlan,
  { administrator, runs, early }: { administrator: Administrator; runs: RetentionRun[]; early: Violation[] },
): Promise<RetentionRun['limits']> {
  const dice = sim.random('second month')
  const limits = { recordings: dice.whole(0, 1), share: 0.2 }
  const crowd = dice.pick<Month['crowd']>(['planned', 'planned', 'one by one', 'one by one', 'none'])
  const month: Month = { sim, dice, administrator, runs, limits, early, crowd }
  if (remaining(sim).length === 0) return limits
  // What people do every day would leave nothing of a crowd until it is due.
  const { first, beside, afterwards } = OFTEN[crowd]
  if (dice.chance(first)) await remove(month, one(dice, remaining(sim)))
  for (let day = 1; day <= DAYS;) {
    if (day === 1 && crowd !== 'none') await moveEverybody(month, world, crowd)
    const days = dice.pick([1, 1, 1, 2, 4])
    day += days
    await sim.time.wait(days * DAY_MS - dice.whole(0, 3_600_000))
    if (dice.chance(0.3)) sim.faults.again(30_000)
    const name = `retention of the second month ${day}`
    if (dice.chance(0.4)) restoreAtLast(month, name)
    const work: Promise<unknown>[] = [runOnce(sim, runs, { name, mayDie: true, limits })]
    if (dice.chance(beside)) work.push(act(month))
    await Promise.all(work)
    if (dice.chance(afterwards)) await act(month)
    for (const halted of haltedNow(sim)) if (dice.chance(0.5)) await confirm(month, halted)
  }
  return limits
}

/** Whoever is halted at last is confirmed: nothing stays for ever. */
export async function confirmAll(month: Pick<Month, 'sim' | 'administrator' | 'early' | 'limits'>): Promise<void> {
  for (const halted of haltedNow(month.sim)) await confirm(month, halted)
}

interface Left {
  recordingId: string
  ownerId: string
  inBin: boolean
}

/** What is neither being deleted nor gone, and not provisional any more. */
function remaining({ truth }: Sim): Left[] {
  return truth.database
    .prepare('select recording_id, owner_id, deletion_id from recordings where claimed_at_ms is null and provisional = 0 order by recording_id')
    .all()
    .map((row) => ({ recordingId: String(row['recording_id']), ownerId: String(row['owner_id']), inBin: row['deletion_id'] !== null }))
}

async function act(month: Month): Promise<void> {
  const left = remaining(month.sim)
  const kept = left.filter(({ inBin }) => !inBin)
  const binned = left.filter(({ inBin }) => inBin)
  const kind = month.dice.pick(['delete', 'delete', 'restore', 'restore', 'erase', 'as before'])
  if (kind === 'delete' && kept.length > 0) return remove(month, one(month.dice, kept))
  if (kind === 'restore' && binned.length > 0) return restore(month, one(month.dice, binned))
  if (kind === 'erase' && left.length > 0 && month.dice.chance(0.5)) return erase(month, one(month.dice, left))
  return month.administrator.act()
}

function remove({ sim, dice, administrator }: Month, { recordingId }: Left): Promise<void> {
  const by = dice.pick(['user', 'admin'] as const)
  return administrator.note({ kind: 'delete', recordingId }, async ({ catalog }) => {
    const [outcome] = await deleteRecordings(catalog, { ...BECAUSE, recordingIds: [recordingId], by })
    if (outcome?.kind === 'in-bin') sim.faults.count('recording-deleted')
  })
}

function restore({ sim, administrator }: Pick<Month, 'sim' | 'administrator'>, { recordingId }: Left): Promise<void> {
  return administrator.note({ kind: 'restore', recordingId }, async ({ catalog }) => {
    const [outcome] = await restoreRecordings(catalog, { ...BECAUSE, recordingIds: [recordingId] })
    if (outcome?.kind === 'restored') sim.faults.count('recording-restored')
  })
}

/** Somebody restores what the next run is about to claim, in the very moment. */
function restoreAtLast({ sim, dice, administrator }: Month, process: string): void {
  const rows = sim.truth.database
    .prepare(
      'select recording_id, owner_id from recordings where claimed_at_ms is null and deletion_due_ms <= ? and ended_log_ms is not null order by recording_id',
    )
    .all(sim.time.now())
  const [first] = rows
  if (first === undefined) return
  const left = { recordingId: String(first['recording_id']), ownerId: String(first['owner_id']), inBin: true }
  administrator.whenLooked(process, LOOK_AT_BIN, dice.whole(0, 2), () => restore({ sim, administrator }, left))
}

function erase({ sim, administrator }: Month, { ownerId: userId }: Left): Promise<void> {
  return administrator.note({ kind: 'erase', userId }, async ({ catalog }) => {
    await planned(
      async () => (await planErasure(catalog, userId)).recordings,
      (confirmed) => eraseUser(catalog, { ...BECAUSE, userId, confirm: confirmed }),
    )
    sim.faults.count('user-erased')
  })
}

/** Everybody of an organization becomes free: as an administrator would who first looks what that means, or by a mistake that looks like many moves of one. */
async function moveEverybody(month: Month, { organizations }: WorldPlan, how: 'planned' | 'one by one'): Promise<void> {
  const { sim, administrator } = month
  for (const { orgId, users } of organizations) {
    const userIds = users.map(({ userId }) => userId)
    if (how === 'planned')
      await administrator.note({ kind: 'planned', userIds, tier: 'go' }, async ({ catalog }) => {
        await refusedWithoutPlan(month, catalog, orgId)
        await planned(
          async () => (await planTierMove(catalog, { tier: 'go', users: { orgId } })).total.becomeDue,
          (confirmed) => moveTiers(catalog, { ...BECAUSE, tier: 'go', users: { orgId }, confirm: confirmed }),
        )
        sim.faults.count('tiers-moved-by-plan')
      })
    else {
      for (const userId of userIds)
        await administrator.note({ kind: 'tier', userId, tier: 'go' }, ({ catalog }) => changeTier(catalog, { ...BECAUSE, userId, tier: 'go' }))
      sim.faults.count('tiers-moved-one-by-one')
    }
  }
}

/** A move that names another number than that of the recordings it makes due must move nobody. */
async function refusedWithoutPlan({ sim, early }: Month, catalog: Catalog, orgId: string): Promise<void> {
  const tiers = (): string => JSON.stringify(sim.truth.database.prepare('select user_id, tier from accounts where org_id = ? order by user_id').all(orgId))
  const before = tiers()
  const { becomeDue } = (await planTierMove(catalog, { tier: 'go', users: { orgId } })).total
  const refused = await moveTiers(catalog, { ...BECAUSE, tier: 'go', users: { orgId }, confirm: becomeDue + 1 }).then(
    () => false,
    (error: unknown) => error instanceof ConfirmationError,
  )
  if (!refused || tiers() !== before)
    early.push({ check: 'brake', message: `a move of ${orgId} was confirmed for ${becomeDue + 1} recordings, not ${becomeDue}` })
}

/** Confirms what was planned; planned anew when something came in between. */
async function planned(plan: () => Promise<number>, carryOut: (confirmed: number) => Promise<unknown>): Promise<void> {
  for (let plans = 1; ; plans++) {
    const count = await plan()
    try {
      await carryOut(count)
      return
    } catch (error) {
      if (!(error instanceof ConfirmationError) || plans >= MOST_PLANS) throw error
    }
  }
}

interface Halted {
  orgId: string
  count: number
}

function haltedNow({ truth }: Sim): Halted[] {
  return truth.database
    .prepare('select org_id, due_count from retention_halts where lifted_at_ms is null and confirmed_count is null order by org_id')
    .all()
    .map((row) => ({ orgId: String(row['org_id']), count: Number(row['due_count']) }))
}

/** Between two runs, so nothing changes meanwhile. First for a number that can't be, which must not count; then for the last run's, and where that is not true any more for the one that is. */
function confirm({ sim, administrator, early, limits }: Pick<Month, 'sim' | 'administrator' | 'early' | 'limits'>, { orgId, count }: Halted): Promise<void> {
  return administrator.note({ kind: 'confirm', orgId, count }, async ({ catalog }) => {
    const confirmed = (some: number): Promise<number | null> =>
      confirmHalt(catalog, { ...BECAUSE, orgId, count: some, limits: { ...BRAKE_LIMITS, ...limits } }).then(
        () => some,
        (error: unknown) => {
          if (error instanceof HaltError) return error.actual
          throw error
        },
      )
    const wrong = count + 1_000_000
    if ((await confirmed(wrong)) === wrong) early.push({ check: 'brake', message: `the halt of ${orgId} for ${count} recordings was confirmed for ${wrong}` })
    const actual = await confirmed(count)
    if (actual !== null && actual !== count) await confirmed(actual)
    sim.faults.count('halt-confirmed')
  })
}

function one<T>(dice: Random, list: readonly T[]): T {
  const chosen = list[dice.whole(0, list.length - 1)]
  if (chosen === undefined) throw new Error('nothing is left')
  return chosen
}
