import { LEASE_MS } from '@twinreel/catalog/retention-lease'
import { perform } from './act.ts'
import { expectedHalt, judgeRun } from './judge-run.ts'
import { judgeAnnouncements } from './judge-announcements.ts'
import { confirmedOrgs } from './judge-brake.ts'
import { judgeObjects } from './judge-objects.ts'
import { confirm } from './many.ts'
import { dueMs } from './reference.ts'
import type { History, Run } from './step.ts'
import { ORGS, openWorld, type World } from './world.ts'
import { runWorker, startWorker } from './worker.ts'

const QUIET: Run = { kind: 'run', during: [], diesAtCall: null, store: 'well', most: null, callMs: 0 }

/** Lives a history and what must come after it; throws what did not hold. */
export async function live(history: History): Promise<World> {
  const world = await openWorld(history)
  const { time, happened, claimed } = world
  for (const step of history.steps) {
    switch (step.kind) {
      case 'run':
        await run(world, step)
        break
      case 'pass':
        time.trueMs += step.ms
        break
      case 'to-due': {
        const ahead = happened.recordings.filter(({ recordingId }) => !claimed.has(recordingId)).map((each) => dueMs(happened, each))
        const nextMs = Math.min(...ahead.filter((ms) => ms > time.trueMs))
        // What waits for a clock that is years ahead is not waited for.
        if (nextMs < time.trueMs + LONGEST_WAIT_MS) time.trueMs = nextMs + step.offsetMs
        break
      }
      case 'outage':
        time.trueMs += step.ms
        startWorker(world)
        break
      default:
        await perform(world, step)
    }
    if (world.wrong.length > 0) break
  }
  if (world.wrong.length === 0) await settle(world)
  if (world.wrong.length > 0) throw new Error(world.wrong.join('\n'))
  return world
}

const MONTH_MS = 31 * 86_400_000
const LONGEST_WAIT_MS = 3 * MONTH_MS

async function run(world: World, step: Run, options: Parameters<typeof runWorker>[2] = {}): Promise<void> {
  const started = {
    trueMs: world.time.trueMs,
    errorMs: world.time.errorMs,
    claimed: new Set(world.claimed.keys()),
    purged: world.purged.size,
    confirmed: await confirmedOrgs(world),
  }
  const halt = await expectedHalt(world)
  world.touched.clear()
  const outcome = await runWorker(world, step, options)
  judgeRun(world, step, { started, halt, outcome })
  judgeObjects(world)
  if (outcome.kind !== 'killed') return
  world.killedMs = world.time.trueMs
  startWorker(world)
}

/** The clock is right, the store well and the worker a new one: the next run takes all that is due, and one after a month the rest. */
async function settle(world: World): Promise<void> {
  world.time.errorMs = 0
  world.time.trueMs += LEASE_MS
  startWorker(world)
  await run(world, QUIET, { retryAll: true })
  world.time.trueMs += MONTH_MS
  await run(world, QUIET)
  for (const orgId of ORGS) await confirm(world, orgId)
  await run(world, QUIET)
  await judgeAnnouncements(world)
}
