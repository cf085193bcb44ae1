import { BECAUSE } from '@twinreel/catalog/contract/setup'
import { writeTier } from '@twinreel/catalog/contract/write-tier'
import { moveTiers, planTierMove } from '@twinreel/catalog/accounts/tier-moves'
import { enableOrganization } from '@twinreel/catalog/accounts/organizations'
import type { Catalog } from '@twinreel/catalog/open'
import type { RecordingRow, Tables } from '@twinreel/catalog/tables'
import { put, type World } from './world.ts'

export interface Crowd {
  orgId: string
  users: number
  /** Of each user. */
  recordings: number
  tier: string
  tierSinceMs: number
  endedMs: number
}

/** An organization of many users with finished recordings, the first of which has an object in the store, and the others none by their rows. */
export async function crowd(made: World, { orgId, users, recordings, tier, tierSinceMs, endedMs }: Crowd): Promise<string[]> {
  const { catalog, store } = made
  await enableOrganization(catalog, { ...BECAUSE, orgId, name: orgId, partnerId: 'carrier' })
  const userIds = Array.from({ length: users }, (_, n) => `${orgId}-user-${n}`)
  const accounts = userIds.map((user_id) => accountOf(orgId, user_id, { tier, tierSinceMs }))
  await inserted(
    catalog,
    'users',
    userIds.map((user_id) => ({ user_id, org_id: orgId, licence: 'professional' as const, display_name: null, created_at_ms: 0 })),
  )
  await inserted(catalog, 'accounts', accounts)
  await writeTier(catalog, { tier, sinceMs: tierSinceMs }, { orgId })
  const rows = userIds.flatMap((userId) =>
    Array.from({ length: recordings }, (_, n) =>
      recordingOf(orgId, userId, { id: `${userId}-rec-${n}`, endedMs, hasObject: userId === userIds[0] && n === 0 }),
    ),
  )
  await inserted(catalog, 'recordings', rows)
  const [first] = rows
  if (first !== undefined) await put(store, first.manifest_key ?? '')
  return rows.map((row) => row.recording_id)
}

async function inserted<T extends 'users' | 'accounts' | 'recordings'>({ db }: Catalog, table: T, rows: readonly Tables[T][]): Promise<void> {
  for (let at = 0; at < rows.length; at += 200)
    await db
      .insertInto(table)
      .values(rows.slice(at, at + 200) as never)
      .execute()
}

function accountOf(orgId: string, userId: string, { tier, tierSinceMs }: Pick<Crowd, 'tier' | 'tierSinceMs'>): Tables['accounts'] {
  return {
    account_id: `account-${userId}`,
    user_id: userId,
    org_id: orgId,
    product: 'recording',
    external_type: 'user',
    service_provider: 'carrier',
    external_group: orgId,
    external_identifier: userId,
    tier,
    tier_since_ms: tierSinceMs,
    tier_change: null,
    recording_on: 1,
    created_at_ms: 0,
  }
}

function recordingOf(orgId: string, ownerId: string, { id, endedMs, hasObject }: { id: string; endedMs: number; hasObject: boolean }): RecordingRow {
  return {
    recording_id: id,
    call_id: `call-${id}`,
    org_id: orgId,
    owner_id: ownerId,
    ordinal: 1,
    mode: 'always',
    settings: '{}',
    status: 'completed',
    provisional: 0,
    started_at_ms: endedMs - 1_000,
    ended_at_ms: endedMs,
    ended_log_ms: endedMs,
    captured_ms: 1_000,
    paused_ms: 0,
    held_ms: 0,
    lost_ms: 0,
    segment_count: 0,
    tones: 0,
    prompts: 0,
    size_bytes: 100,
    manifest_key: hasObject ? `recordings/${orgId}/${ownerId}/${id}/manifest.json` : null,
    manifest_sha256: 'ab',
    manifest_size_bytes: 100,
    end_reason: 'call-ended',
    deletion_id: null,
    deletion_due_ms: null,
    due_at_ms: null,
    claimed_at_ms: null,
    claim_reason: null,
    claim_cause: null,
    purge_failures: null,
    retry_at_ms: null,
    purged_at_ms: null,
    next_look_ms: null,
    looks: 0,
    last_mark: 0,
    from_manifest: 0,
  }
}

/** Moves everybody of an organization to the free tier as an administrator does: a dry run, and then the move that confirms its number, which is answered. */
export async function moveConfirmed({ catalog }: World, orgId: string): Promise<number> {
  const move = { tier: 'go' as const, users: { orgId } }
  const { becomeDue } = (await planTierMove(catalog, move)).total
  await moveTiers(catalog, { ...move, ...BECAUSE, confirm: becomeDue })
  return becomeDue
}

/** The same written straight into the tables; with `plan`, by a change that was confirmed for so many recordings. */
export async function moveAllToGo({ catalog, clock }: World, orgId: string, plan: { recordings: number } | null): Promise<void> {
  const changeId = plan === null ? null : `change-of-${orgId}`
  if (changeId !== null)
    await catalog.db
      .insertInto('tier_changes')
      .values({ change_id: changeId, org_id: orgId, tier: 'go', user_count: 1, recording_count: plan?.recordings ?? 0, ...BECAUSE, made_at_ms: clock.nowMs })
      .execute()
  await writeTier(catalog, { tier: 'go', sinceMs: clock.nowMs, changeId }, { orgId })
}

/** How many recordings of an organization are not deleted, nor about to be. */
export async function leftOf({ catalog }: World, orgId: string): Promise<number> {
  const row = await catalog.db
    .selectFrom('recordings')
    .select(({ fn }) => fn.countAll().as('count'))
    .where('org_id', '=', orgId)
    .where('claimed_at_ms', 'is', null)
    .executeTakeFirst()
  return Number(row?.count ?? 0)
}
