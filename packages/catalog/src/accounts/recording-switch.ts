import type { Transaction } from 'kysely'
import { z } from 'zod'
import { settingsSchema, type Settings, type SettingsInput } from '@twinreel/recording/settings'
import type { Catalog } from '../open.ts'
import type { AccountRow, Tables, UserRow } from '../tables.ts'
import { AccountError, checked } from './account-error.ts'
import { checkedBecause, lockUser, nextInHistory, type Because } from './change.ts'
import { refuseClockBehind } from './clock-behind.ts'
import { freeIdentity, generatedIdentity, identityColumns, type PlatformIdentity } from './identity.ts'
import { recordTier } from './tiers.ts'
import { endErasures } from '../late-deletions.ts'
import { unlessRebuilding } from '../journal/rebuilding.ts'

export type SettingsChange = { [K in keyof Settings]?: Settings[K] extends object ? Partial<Settings[K]> : Settings[K] }

/**
 * Switches recording on for a user of an enabled organization, with these settings over the defaults. The first time an account is made
 * (tier go); later the same account, its tier and its recordings are found again. Applies from the next call. An erasure of the user
 * reaches no recording that comes to be after it.
 */
export async function switchRecordingOn(
  catalog: Catalog,
  input: Because & { userId: string; settings: SettingsInput; platform?: PlatformIdentity },
): Promise<void> {
  const because = checkedBecause(input)
  const settings = checked(settingsSchema, input.settings, 'invalid-settings', 'settings')
  await unlessRebuilding(catalog, async (tx) => {
    const user = await lockUser(catalog, tx, input.userId)
    const nowMs = await catalog.nowMs(tx)
    const org = await tx.selectFrom('orgs').select(['enabled', 'partner_id']).where('org_id', '=', user.org_id).executeTakeFirst()
    if (org?.enabled !== 1) throw new AccountError('org-disabled', `organization ${user.org_id} is not enabled for recording; its partner enables it first`)
    if (user.licence === null) throw new AccountError('no-licence', `user ${user.user_id} has no calling licence; assign one first`)
    await endErasures(catalog, tx, user.user_id, because)
    const known = await account(tx, user.user_id)
    const given = input.platform === undefined ? undefined : await freeIdentity(catalog, tx, user, input.platform)
    if (known === undefined) {
      await refuseClockBehind(tx, nowMs)
      await createAccount(tx, catalog.newId(), user, given ?? (await freeIdentity(catalog, tx, user, generatedIdentity(org.partner_id, user))), nowMs, because)
    } else
      await tx
        .updateTable('accounts')
        .set({ recording_on: 1, ...(given === undefined ? {} : identityColumns(given)) })
        .where('user_id', '=', user.user_id)
        .execute()
    await recordSettings(tx, user.user_id, settings, nowMs, because)
  })
}

/** Switches recording off: the settings are cleared, the account, its tier and its recordings stay. */
export async function switchRecordingOff(catalog: Catalog, input: Because & { userId: string }): Promise<void> {
  const because = checkedBecause(input)
  await unlessRebuilding(catalog, async (tx) => {
    await lockUser(catalog, tx, input.userId)
    await clearRecording(tx, input.userId, await catalog.nowMs(tx), because)
  })
}

/** Changes the settings named, also inside `tone` and the like, and keeps the others. Recording must be on. Applies from the next call. */
export async function changeSettings(catalog: Catalog, input: Because & { userId: string; settings: SettingsChange }): Promise<Settings> {
  const because = checkedBecause(input)
  return unlessRebuilding(catalog, async (tx) => {
    await lockUser(catalog, tx, input.userId)
    const last = await lastSettings(tx, input.userId)
    if (last === undefined || last.settings === null) throw new AccountError('not-switched-on', `recording is off for user ${input.userId}; switch it on first`)
    const settings = checked(settingsSchema, merged(settingsSchema.parse(JSON.parse(last.settings)), input.settings), 'invalid-settings', 'settings')
    await recordSettings(tx, input.userId, settings, await catalog.nowMs(tx), because)
    return settings
  })
}

/** Nothing happens when recording is off already. */
export async function clearRecording(tx: Transaction<Tables>, userId: string, nowMs: number, because: Because): Promise<void> {
  const known = await account(tx, userId)
  if (known?.recording_on !== 1) return
  await tx.updateTable('accounts').set({ recording_on: 0 }).where('user_id', '=', userId).execute()
  await recordSettings(tx, userId, null, nowMs, because)
}

async function account(tx: Transaction<Tables>, userId: string): Promise<AccountRow | undefined> {
  return tx.selectFrom('accounts').selectAll().where('user_id', '=', userId).executeTakeFirst()
}

async function createAccount(
  tx: Transaction<Tables>,
  accountId: string,
  user: UserRow,
  platform: PlatformIdentity,
  nowMs: number,
  because: Because,
): Promise<void> {
  await tx
    .insertInto('accounts')
    .values({
      account_id: accountId,
      user_id: user.user_id,
      org_id: user.org_id,
      product: 'twinreel',
      external_type: 'BroadWorks',
      ...identityColumns(platform),
      tier: 'go',
      tier_since_ms: nowMs,
      tier_change: null,
      recording_on: 1,
      created_at_ms: nowMs,
    })
    .execute()
  await recordTier(tx, user.user_id, 'go', nowMs, because)
}

async function lastSettings(tx: Transaction<Tables>, userId: string): Promise<{ sequence: number; from_ms: number; settings: string | null } | undefined> {
  return tx
    .selectFrom('settings_history')
    .select(['sequence', 'from_ms', 'settings'])
    .where('user_id', '=', userId)
    .orderBy('sequence', 'desc')
    .limit(1)
    .executeTakeFirst()
}

async function recordSettings(tx: Transaction<Tables>, userId: string, settings: Settings | null, nowMs: number, because: Because): Promise<void> {
  const place = nextInHistory(await lastSettings(tx, userId), nowMs)
  await tx
    .insertInto('settings_history')
    .values({ user_id: userId, ...place, settings: settings === null ? null : JSON.stringify(settings), ...because })
    .execute()
}

/** Unknown fields stay in the result, so that the schema refuses them by name. */
function merged(current: Settings, change: SettingsChange): Record<string, unknown> {
  const given = checked(z.record(z.string(), z.unknown()), change, 'invalid-settings', 'settings')
  const result: Record<string, unknown> = { ...current }
  for (const [key, value] of Object.entries(given)) {
    const before = result[key]
    result[key] = isRecord(before) && isRecord(value) ? { ...before, ...value } : value
  }
  return result
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
