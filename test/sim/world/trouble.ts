import { TOPICS } from '@twinreel/contracts/topics'
import type { Sim } from '../engine/types.ts'
import type { Administrator } from './administrator.ts'
import type { WorldPlan } from './draw-world.ts'
import type { Recorders } from './recorders.ts'

/** Longer than the log is kept for by its age alone. */
const WEEKEND_MS = 80 * 3_600_000
/** Longer than it takes until recorders next look whether the log may be trimmed. */
const STORE_AWAY_MS = 12 * 60_000

/** What becomes of the recorders while calls are made, beside what the faults do by themselves: power cuts, restarts, and a log that is trimmed while they sleep. */
export async function trouble(
  sim: Sim,
  world: WorldPlan,
  { recorders, number, administrator }: { recorders: Recorders; number: number; administrator: Administrator },
): Promise<void> {
  const random = sim.random(`trouble ${number}`)
  if (random.chance(0.4)) {
    sim.time.at(sim.time.now() + random.whole(2_000, 30_000), 'a rebalance', () => {
      sim.faults.count('rebalance')
      sim.rebalance('recorder')
    })
  }
  const away = sim.random(`store away at once ${number}`)
  if (away.chance(0.3)) {
    sim.time.at(sim.time.now() + away.whole(2_000, 20_000), 'the store goes away', () => {
      sim.faults.count('store-away')
      sim.storeAway(away.whole(5_000, 40_000))
    })
  }
  const kind = random.pick(['none', 'none', 'none', 'none', 'power-cut', 'power-cut', 'power-cut', 'rolling-restart', 'rolling-restart', 'trim'])
  if (kind === 'none') return
  await sim.time.wait(random.whole(1_000, 30_000))
  switch (kind) {
    case 'power-cut':
      sim.faults.count('power-cut')
      recorders.killAll()
      await sim.time.wait(random.whole(500, 40_000))
      if (sim.random(`weekend ${number}`).chance(0.4)) return weekend(sim, number, { administrator, recorders })
      return recorders.start()
    case 'rolling-restart':
      sim.faults.count('rolling-restart')
      await recorders.stop()
      await sim.time.wait(random.whole(100, 3_000))
      return recorders.start()
    case 'trim':
      recorders.killAll()
      await sim.time.wait(random.whole(1_000, 20_000))
      trimSome(sim, random.whole(0, world.partitions - 1), random.next())
      await sim.time.wait(random.whole(0, 5_000))
      return recorders.start()
  }
}

/**
 * Nobody notices before Monday, and until then everybody is switched off: what was answered before is recorded as it was set then. Now and then the store is still away
 * when the recorders are back: what they fold then they can't have the log forget, however old it is.
 */
async function weekend(sim: Sim, number: number, { administrator, recorders }: { administrator: Administrator; recorders: Recorders }): Promise<void> {
  sim.faults.count('weekend-away')
  await sim.time.wait(WEEKEND_MS)
  await administrator.switchAllOff()
  if (sim.random(`store away ${number}`).chance(0.5)) {
    sim.faults.count('store-away')
    sim.storeAway(STORE_AWAY_MS)
    recorders.start()
    return sim.time.wait(STORE_AWAY_MS)
  }
  recorders.start()
}

/** Takes away a part of what lies between the safe offset and the log's end. */
function trimSome(sim: Sim, partition: number, share: number): void {
  const row = sim.truth.database.prepare('select safe_offset from partitions where partition = ?').get(partition)
  const own = sim.truth.appended(TOPICS.calls).filter((record) => record.partition === partition)
  const safeOffset = Number(row?.['safe_offset'] ?? 0)
  const endOffset = (own.at(-1)?.offset ?? -1) + 1
  const beforeOffset = safeOffset + Math.ceil((endOffset - safeOffset) * share)
  if (beforeOffset <= safeOffset) return
  sim.trimLog(TOPICS.calls, partition, beforeOffset)
  sim.faults.count('log-trimmed-under-sleeper')
}
