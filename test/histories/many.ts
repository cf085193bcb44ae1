import { AccountError, ConfirmationError } from '@twinreel/catalog/accounts/account-error'
import { moveTiers, planTierMove } from '@twinreel/catalog/accounts/tier-moves'
import { confirmHalt, HaltError } from '@twinreel/catalog/confirm-halt'
import { listHalts } from '@twinreel/catalog/retention-halts'
import { BRAKE_LIMITS } from '@twinreel/recording/brake'
import type { Tier } from '@twinreel/recording/retention'
import { tierOf } from './reference.ts'
import { BECAUSE, OWNERS, type World } from './world.ts'

/** Moves everybody of an organization. Confirmed with another number than becomes due, it moves nobody. */
export async function moveAll(world: World, { orgId, tier, isConfirmed }: { orgId: string; tier: Tier; isConfirmed: boolean }): Promise<void> {
  const { catalog, happened, touched, time, wrong, seen } = world
  const { total } = await planTierMove(catalog, { tier, users: { orgId } })
  const count = total.becomeDue + (isConfirmed ? 0 : 1)
  const refusal = await moveTiers(catalog, { ...BECAUSE, tier, users: { orgId }, confirm: count }).then(() => null, refused)
  if (refusal === 'clock-behind') return
  if (isConfirmed !== (refusal === null)) wrong.push(`everybody of ${orgId} to ${tier}, confirmed with ${count} of ${total.becomeDue}: ${refusal ?? 'moved'}`)
  if (refusal !== null) return void seen.add('an unconfirmed move of many was refused')
  for (const owner of OWNERS) {
    if (!owner.isKnown || owner.orgId !== orgId || tierOf(happened, owner.userId) === tier) continue
    happened.tiers.push({ userId: owner.userId, tier, atMs: time.trueMs + Math.min(0, time.errorMs), clockMs: time.trueMs + time.errorMs, isPlanned: true })
    seen.add('many moved')
    for (const { ownerId, recordingId } of happened.recordings) if (ownerId === owner.userId) touched.add(recordingId)
  }
}

function refused(error: unknown): string {
  if (error instanceof ConfirmationError) return error.message
  if (error instanceof AccountError && error.code === 'clock-behind') return error.code
  throw error
}

/** Confirms what retention is halted for, where it is: by the number of the last run, or, where that is not true any more, by the one that is named then. */
export async function confirm({ catalog, brake, seen }: World, orgId: string): Promise<void> {
  const [halt] = await listHalts(catalog.db, { orgId })
  if (halt === undefined || halt.confirmed !== null) return
  const limits = { ...BRAKE_LIMITS, recordings: brake ?? BRAKE_LIMITS.recordings }
  const confirmed = (count: number): Promise<number | null> =>
    confirmHalt(catalog, { ...BECAUSE, orgId, count, limits }).then(
      () => count,
      (error: unknown) => {
        if (error instanceof HaltError) return error.actual
        if (error instanceof AccountError && error.code === 'clock-behind') return null
        throw error
      },
    )
  const actual = await confirmed(halt.dueCount)
  if (actual === null || actual === 0) return
  if (actual !== halt.dueCount && (await confirmed(actual)) !== actual) return
  seen.add('a halt was confirmed')
}
