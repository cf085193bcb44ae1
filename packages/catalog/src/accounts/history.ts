import type { Settings } from '@twinreel/recording/settings'
import type { Catalog } from '../open.ts'
import type { Because } from './change.ts'
import { parsedSettings } from './show.ts'

/** Applies from `fromMs` until the next one, oldest first. */
export type History<T> = readonly (Because & { fromMs: number } & T)[]

/** What a user had chosen at a moment, milliseconds UTC; `null` when recording was off or never on. */
export async function settingsAsOf(catalog: Catalog, userId: string, atMs: number): Promise<Settings | null> {
  const row = await catalog.db
    .selectFrom('settings_history')
    .select('settings')
    .where('user_id', '=', userId)
    .where('from_ms', '<=', atMs)
    .orderBy('sequence', 'desc')
    .limit(1)
    .executeTakeFirst()
  return parsedSettings(row?.settings ?? null)
}

export async function settingsHistory(catalog: Catalog, userId: string): Promise<History<{ settings: Settings | null }>> {
  const rows = await catalog.db.selectFrom('settings_history').selectAll().where('user_id', '=', userId).orderBy('sequence').execute()
  return rows.map((row) => ({ fromMs: row.from_ms, settings: parsedSettings(row.settings), actor: row.actor, reason: row.reason }))
}

/** `changeId`: the move of many users that it was a part of. */
export async function tierHistory(catalog: Catalog, userId: string): Promise<History<{ tier: string; changeId: string | null }>> {
  const rows = await catalog.db.selectFrom('tier_history').selectAll().where('user_id', '=', userId).orderBy('sequence').execute()
  return rows.map((row) => ({ fromMs: row.from_ms, tier: row.tier, changeId: row.change_id, actor: row.actor, reason: row.reason }))
}
