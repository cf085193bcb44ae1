import { DEFAULT_SETTINGS, type Settings } from '@twinreel/recording/settings'
import { TOPICS } from '@twinreel/contracts/topics'
import type { Truth } from '../engine/types.ts'
import type { WorldPlan } from './draw-world.ts'
import type { TrueCall } from './evidence.ts'

const DECIDING = /^io\.twinreel\.(call\.answered|participant\.joined)\./

/**
 * The call with the settings that were in force by the log's clock when it was answered, or joined: a log whose clock went back can say that this was before anybody
 * was entered.
 */
export function withSettingsInForce(call: TrueCall, world: WorldPlan, { database, appended }: Pick<Truth, 'database' | 'appended'>): TrueCall {
  const { callId } = call.truth
  const own = appended(TOPICS.calls).filter(({ key }) => key === callId)
  const decidedMs = own.filter(({ headers }) => DECIDING.test(headers['ce_type'] ?? '')).map(({ appendedAtMs }) => appendedAtMs)
  const [answeredMs] = decidedMs
  if (answeredMs === undefined) return call
  const asked = database.prepare('select as_of_ms from policies where call_id = ? and owner_id = ? order by participant_id')
  const history = database.prepare('select from_ms from settings_history where user_id = ? order by sequence')
  const settings = Object.keys(call.truth.settings).map((userId): [string, Settings] => {
    // One who joined was asked about later; a moment at which nothing happened is nobody's.
    const askedMs = asked.all(callId, userId).map((row) => Number(row['as_of_ms']))
    const asOfMs = askedMs.find((ms) => decidedMs.includes(ms)) ?? answeredMs
    const begun = history.all(userId).filter((row) => Number(row['from_ms']) <= asOfMs).length
    // Everybody is entered once, and switched off once at most.
    return [userId, begun === 1 ? enteredOf(world, userId) : DEFAULT_SETTINGS]
  })
  return { ...call, truth: { ...call.truth, settings: Object.fromEntries(settings) } }
}

function enteredOf({ organizations }: WorldPlan, userId: string): Settings {
  return organizations.flatMap(({ users }) => users).find((user) => user.userId === userId)?.settings ?? DEFAULT_SETTINGS
}
