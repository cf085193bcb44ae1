import type { Kysely, Transaction } from 'kysely'
import { z } from 'zod'
import { TIERS, type Tier } from '@twinreel/recording/retention'
import { inTurn } from '../dialect.ts'
import { unlessRebuilding } from '../journal/rebuilding.ts'
import type { Catalog } from '../open.ts'
import { inRows } from '../rows.ts'
import type { Tables } from '../tables.ts'
import { attestedTier } from '../tier-attestation.ts'
import { valuesTable } from '../values-table.ts'
import { AccountError, checked, ConfirmationError } from './account-error.ts'
import { refuseClockBehind } from './clock-behind.ts'
import { checkedBecause, lockUsers, nextInHistory, type Because } from './change.ts'
import { NO_EFFECTS, sumOf, tierEffects, type TierEffects } from './tier-effects.ts'

export interface TierMove {
  tier: Tier
  /** Everybody of an organization who has a recording account, or the users named. */
  users: { orgId: string } | { userIds: readonly string[] }
}

export interface OrgTierMove extends TierEffects {
  orgId: string
  /** Who changes tier. */
  users: number
  /** Who has it already. */
  unchanged: number
}

export interface TierMovePlan {
  tier: Tier
  /** By id. */
  organizations: readonly OrgTierMove[]
  /** All organizations together. */
  total: TierEffects & { users: number; unchanged: number }
  /** Named, and left out. */
  refused: readonly { userId: string; why: 'unknown-user' | 'no-account' }[]
}

export interface TierMoved extends TierMovePlan {
  /** By organization, where anybody changed tier. */
  changes: readonly { orgId: string; changeId: string }[]
}

/** At most so many users in one move. */
const MOST_MOVED = 100_000

/** What a move would do as things are now; changes nothing. Throws `AccountError` for an unknown organization or a bad tier. */
export async function planTierMove(catalog: Catalog, move: TierMove): Promise<TierMovePlan> {
  const { tier, accounts, refused } = await read(catalog.db, move)
  return plan(catalog.db, { tier, accounts, refused, nowMs: await catalog.nowMs() })
}

/**
 * Moves many users to a tier, all or none, and keeps one change for each organization that their accounts and histories name. Those who
 * have the tier already stay as they are. To Go, `confirm` is how many recordings may become due: throws `ConfirmationError` when it is
 * another number at that moment. What was claimed for deletion before this commits goes; everything else follows the new tier.
 */
export async function moveTiers(catalog: Catalog, move: TierMove & Because & { confirm: number | null }): Promise<TierMoved> {
  const because = checkedBecause(move)
  return unlessRebuilding(catalog, async (tx) => {
    const named = (await read(tx, move)).accounts.map(({ userId }) => userId)
    await lockUsers(catalog, tx, named)
    // A claim for deletion reads the tier in the same turn, so one of the two sees the other.
    await inTurn(catalog.dialect, tx, 'owner', named)
    const { tier, accounts, refused } = await read(tx, 'orgId' in move.users ? { ...move, users: { userIds: named } } : move)
    const nowMs = await catalog.nowMs(tx)
    if (tier === 'go') await refuseClockBehind(tx, nowMs)
    const planned = await plan(tx, { tier, accounts, refused, nowMs })
    const { becomeDue } = planned.total
    if (becomeDue !== (move.confirm ?? 0)) throw new ConfirmationError('recordings that become due', move.confirm ?? 0, becomeDue)
    const changes: { orgId: string; changeId: string }[] = []
    for (const { orgId, users, becomeDue: recordings } of planned.organizations) {
      if (users === 0) continue
      const changeId = catalog.newId()
      await tx
        .insertInto('tier_changes')
        .values({ change_id: changeId, org_id: orgId, tier, user_count: users, recording_count: recordings, made_at_ms: nowMs, ...because })
        .execute()
      const moved = accounts.filter((account) => account.orgId === orgId && account.tier !== tier).map(({ userId }) => userId)
      await write(tx, moved, { tier, changeId, nowMs, because })
      changes.push({ orgId, changeId })
    }
    return { ...planned, changes }
  })
}

interface Moved {
  userId: string
  orgId: string
  /** As the history attests it: whoever's is unknown has no tier already. */
  tier: string
}

async function read(db: Kysely<Tables>, move: TierMove): Promise<{ tier: Tier; accounts: Moved[]; refused: TierMovePlan['refused'] }> {
  const tier = checked(z.enum(TIERS), move.tier, 'invalid-input', 'tier')
  if ('orgId' in move.users) {
    const { orgId } = move.users
    const org = await db.selectFrom('orgs').select('org_id').where('org_id', '=', orgId).executeTakeFirst()
    if (org === undefined) throw new AccountError('unknown-org', `organization ${orgId} is unknown`, 'orgId')
    const accounts = await db
      .selectFrom('accounts as a')
      .select(['a.user_id as userId', 'a.org_id as orgId', attestedTier.as('tier')])
      .where('a.org_id', '=', orgId)
      .orderBy('a.user_id')
      .limit(MOST_MOVED + 1)
      .execute()
    return { tier, accounts: bounded(accounts), refused: [] }
  }
  const userIds = bounded([...new Set(move.users.userIds)].toSorted())
  const found = new Map<string, { orgId: string | null; tier: string }>()
  for (const ids of inRows(userIds)) {
    const rows = await db
      .selectFrom('users as u')
      .leftJoin('accounts as a', 'a.user_id', 'u.user_id')
      .select(['u.user_id', 'a.org_id', attestedTier.as('tier')])
      .where('u.user_id', 'in', ids)
      .execute()
    for (const row of rows) found.set(row.user_id, { orgId: row.org_id, tier: row.tier })
  }
  const accounts: Moved[] = []
  const refused: { userId: string; why: 'unknown-user' | 'no-account' }[] = []
  for (const userId of userIds) {
    const user = found.get(userId)
    if (user === undefined) refused.push({ userId, why: 'unknown-user' })
    else if (user.orgId === null) refused.push({ userId, why: 'no-account' })
    else accounts.push({ userId, orgId: user.orgId, tier: user.tier })
  }
  return { tier, accounts, refused }
}

function bounded<T>(users: T[]): T[] {
  if (users.length > MOST_MOVED) throw new AccountError('invalid-input', `more than ${MOST_MOVED} users in one move; move them in several lists`, 'users')
  return users
}

async function plan(
  db: Kysely<Tables>,
  { tier, accounts, refused, nowMs }: { tier: Tier; accounts: readonly Moved[]; refused: TierMovePlan['refused']; nowMs: number },
): Promise<TierMovePlan> {
  const moving = accounts.filter((account) => account.tier !== tier)
  const effects = new Map<string, TierEffects>()
  for (const [from, users] of Map.groupBy(moving, (account) => account.tier)) {
    const userIds = users.map(({ userId }) => userId)
    for (const [orgId, some] of await tierEffects(db, userIds, { from, tier, sinceMs: nowMs }))
      effects.set(orgId, sumOf(effects.get(orgId) ?? NO_EFFECTS, some))
  }
  const byOrg = [...Map.groupBy(accounts, ({ orgId }) => orgId)].toSorted(([a], [b]) => (a < b ? -1 : 1))
  const organizations = byOrg.map(([orgId, of]): OrgTierMove => {
    const unchanged = of.filter((account) => account.tier === tier).length
    return { orgId, users: of.length - unchanged, unchanged, ...(effects.get(orgId) ?? NO_EFFECTS) }
  })
  const total = organizations.reduce<TierMovePlan['total']>(
    (sum, org) => ({ ...sumOf(sum, org), users: sum.users + org.users, unchanged: sum.unchanged + org.unchanged }),
    { ...NO_EFFECTS, users: 0, unchanged: 0 },
  )
  return { tier, organizations, total, refused }
}

async function write(
  tx: Transaction<Tables>,
  userIds: readonly string[],
  { tier, changeId, nowMs, because }: { tier: Tier; changeId: string; nowMs: number; because: Because },
): Promise<void> {
  for (const ids of inRows(userIds)) {
    const lasts = await tx
      .selectFrom('tier_history as h')
      .select(['h.user_id', 'h.sequence', 'h.from_ms'])
      .where('h.user_id', 'in', ids)
      .where((eb) =>
        eb(
          'h.sequence',
          '=',
          eb
            .selectFrom('tier_history as newest')
            .select((of) => of.fn.max('newest.sequence').as('last'))
            .whereRef('newest.user_id', '=', 'h.user_id'),
        ),
      )
      .execute()
    const last = new Map(lasts.map((row) => [row.user_id, row]))
    const history = ids.map((userId) => ({ user_id: userId, ...nextInHistory(last.get(userId), nowMs), tier, change_id: changeId, ...because }))
    await tx.insertInto('tier_history').values(history).execute()
    const since = history.map(({ user_id, from_ms }) => ({ user_id, from_ms }))
    await tx
      .updateTable('accounts')
      .from(valuesTable('v', { user_id: 'text', from_ms: 'bigint' }, since))
      .set((eb) => ({ tier, tier_since_ms: eb.ref('v.from_ms'), tier_change: changeId }))
      .whereRef('accounts.user_id', '=', 'v.user_id')
      .execute()
  }
}
