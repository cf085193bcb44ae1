import type { Sim } from '../engine/types.ts'
import type { WorldPlan } from './draw-world.ts'
import type { Put, RetentionRun } from './evidence.ts'
import { runOnce } from './retention.ts'

const DAY_MS = 24 * 3_600_000

/** What people do to a deployment between two days' runs of retention, now and then; from dice of its own, so that nothing else of a seed changes. */
export async function mishaps(sim: Sim, world: WorldPlan, runs: RetentionRun[], puts: readonly Put[], day: number): Promise<void> {
  const random = sim.random(`mishaps ${day}`)
  if (world.form === 'servers' && random.chance(0.06)) await clockAhead(sim, runs, day)
  if (random.chance(0.3)) await putBack(sim, puts, day)
}

/** The database server's clock is set weeks ahead while retention runs: by it nearly everything is due. */
async function clockAhead(sim: Sim, runs: RetentionRun[], day: number): Promise<void> {
  sim.faults.count('catalog-clock-ahead')
  sim.stepCatalogClock(40 * DAY_MS)
  await runOnce(sim, runs, { name: `retention ${day} by a wrong clock`, mayDie: false })
  sim.stepCatalogClock(-40 * DAY_MS)
}

/** Somebody restores a backup of the bucket: an object is there again whose recording was purged the day before. */
function putBack(sim: Sim, puts: readonly Put[], day: number): Promise<void> {
  const purged = sim.truth.database
    .prepare('select recording_id from recordings where purged_at_ms > ? order by recording_id')
    .all(sim.time.now() - 2 * DAY_MS)
    .map((row) => String(row['recording_id']))
  const put = puts.find(({ key }) => key.endsWith('.wav') && purged.some((recordingId) => key.includes(`/${recordingId}/`)))
  if (put === undefined) return Promise.resolve()
  const { key, body, sha256 } = put
  sim.faults.count('backup-restored')
  return new Promise((resolve, reject) => {
    sim.spawn({
      name: `backup ${day}`,
      kind: 'admin',
      hasFaults: false,
      async main({ store }) {
        await store.putIfAbsent({ key, body, sha256, contentType: 'audio/wav' })
      },
      onEnd: (why) => (why.kind === 'failed' ? reject(why.error) : resolve()),
    })
  })
}
