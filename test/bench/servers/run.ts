import type { Measured } from '../measure.ts'
import { runPhase } from '../phase-process.ts'
import type { Report } from '../report.ts'
import { rtpengineRounds } from '../rtpengine/rounds.ts'
import type { Addresses } from './addresses.ts'
import { runLive, type LiveResult } from './live.ts'
import type { Calls } from './publish.ts'
import { reportOf, type Plan } from './figures-of-run.ts'
import { countObjects, makeTarget, makeTopics, newWorkspace, placeIn, removeTarget, removeTopics, serviceEnvironment, type Workspace } from './workspace.ts'

const FULL: Plan = {
  isQuick: false,
  rounds: 3,
  few: { calls: 500, atOnce: 50, seconds: 120 },
  many: { calls: 500, atOnce: 500, seconds: 120 },
  live: { calls: 500, seconds: 120 },
  rtpengineSeconds: 20,
}
/** A look at every part in about a minute: too short to judge by, because a process is slow until it is warm. */
const QUICK: Plan = {
  isQuick: true,
  rounds: 1,
  few: { calls: 100, atOnce: 50, seconds: 70 },
  many: { calls: 100, atOnce: 100, seconds: 70 },
  live: { calls: 200, seconds: 10 },
  rtpengineSeconds: 5,
}
/** Kafka, S3 and PostgreSQL: what recording costs against a loop that consumes, one that also hashes and writes the same bytes, and rtpengine. */
export async function benchServers(options: { addresses: Addresses; root: string; isQuick: boolean; progress(text: string): void }): Promise<Report> {
  const { addresses, root, isQuick, progress } = options
  const plan = isQuick ? QUICK : FULL
  const workspace = newWorkspace(addresses, root)
  try {
    progress('rtpengine')
    const rtpengine = await rtpengineRounds(root, { rounds: plan.rounds, seconds: plan.rtpengineSeconds })
    progress('publishing')
    for (const [topics, calls] of [
      ['few', plan.few],
      ['many', plan.many],
    ] as const) {
      const environment = serviceEnvironment(workspace, topics, 'none')
      await makeTopics(await placeIn(environment))
      await runPhase('servers:publish', calls, { environment })
    }
    const few: Measured[] = []
    const many: Measured[] = []
    const hashPut: Measured[] = []
    const discard: Measured[] = []
    for (let round = 0; round < plan.rounds; round++) {
      progress(`recording, round ${round + 1} of ${plan.rounds}`)
      few.push(await intoTarget(workspace, 'servers:record', 'few', plan.few))
      many.push(await intoTarget(workspace, 'servers:record', 'many', plan.many))
      progress(`yardsticks, round ${round + 1} of ${plan.rounds}`)
      hashPut.push(await intoTarget(workspace, 'servers:hash-put', 'few', plan.few))
      discard.push(await runPhase<Measured>('servers:discard', null, { environment: serviceEnvironment(workspace, 'few', 'none') }))
    }
    progress(`${plan.live.calls} live calls for ${plan.live.seconds} s`)
    const live = await liveIntoTarget(workspace, plan)
    return reportOf(plan, { few, many, hashPut, discard, live, rtpengine })
  } finally {
    progress('cleaning up')
    await removeTopics(workspace)
  }
}

/** Every phase begins with the same log and an empty store and catalog, and must leave all objects in the store. */
async function intoTarget(workspace: Workspace, phase: string, topics: string, calls: Calls): Promise<Measured> {
  const environment = serviceEnvironment(workspace, topics, phase.slice(phase.indexOf(':') + 1))
  const place = await placeIn(environment)
  await makeTarget(workspace, place)
  try {
    const measured = await runPhase<Measured>(phase, calls, { environment })
    const objects = await countObjects(workspace, place.s3.bucket)
    const expected = calls.calls * (Math.ceil(calls.seconds / 60) + 1)
    if (objects !== expected) throw new Error(`${phase} left ${objects} objects, not ${expected}: its figure would mean nothing`)
    return measured
  } finally {
    await removeTarget(workspace, place)
  }
}

async function liveIntoTarget(workspace: Workspace, plan: Plan): Promise<LiveResult> {
  const environment = serviceEnvironment(workspace, 'live', 'live')
  const place = await placeIn(environment)
  await makeTopics(place)
  await makeTarget(workspace, place)
  try {
    return await runLive({ environment }, plan.live)
  } finally {
    await removeTarget(workspace, place)
  }
}
