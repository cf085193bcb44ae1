import { median, percentile } from '../figures.ts'
import type { Measured } from '../measure.ts'
import { runPhase } from '../phase-process.ts'
import type { Cost, Goal, Report } from '../report.ts'
import type { RtpengineFigures } from '../rtpengine/record-rtp.ts'
import { rtpengineRounds } from '../rtpengine/rounds.ts'
import type { Addresses } from './addresses.ts'
import { runLive, type LiveResult } from './live.ts'
import type { Calls } from './publish.ts'
import { countObjects, makeTarget, makeTopics, newWorkspace, placeIn, removeTarget, removeTopics, serviceEnvironment, type Workspace } from './workspace.ts'

interface Plan {
  rounds: number
  few: Calls
  many: Calls
  live: { calls: number; seconds: number }
  rtpengineSeconds: number
}

const FULL: Plan = {
  rounds: 3,
  few: { calls: 500, atOnce: 50, seconds: 120 },
  many: { calls: 500, atOnce: 500, seconds: 120 },
  live: { calls: 500, seconds: 120 },
  rtpengineSeconds: 20,
}
/** A look at every part in about a minute: too short to judge by, because a process is slow until it is warm. */
const QUICK: Plan = {
  rounds: 1,
  few: { calls: 100, atOnce: 50, seconds: 70 },
  many: { calls: 100, atOnce: 100, seconds: 70 },
  live: { calls: 200, seconds: 10 },
  rtpengineSeconds: 5,
}
const REACH = { rtpengine: 0.25, hashPut: 0.7, growth: 1.1, endMs: 250 }

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
    return report(plan, { few, many, hashPut, discard, live, rtpengine })
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
    const { objects } = await countObjects(workspace, place.s3.bucket)
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

interface Figures {
  few: readonly Measured[]
  many: readonly Measured[]
  hashPut: readonly Measured[]
  discard: readonly Measured[]
  live: LiveResult
  rtpengine: readonly RtpengineFigures[] | null
}

function report(plan: Plan, { few, many, hashPut, discard, live, rtpengine }: Figures): Report {
  const cost = (what: string, measured: readonly Measured[], { calls, seconds }: Calls): Cost => ({
    what,
    cpuMsPerCallMinute: median(measured.map(({ cpuMs }) => cpuMs)) / ((calls * seconds) / 60),
    wallMs: measured.map(({ wallMs }) => wallMs),
  })
  const medianRatio = (above: readonly Measured[], below: readonly Measured[], of: keyof Measured) =>
    median(above.map((one, round) => one[of] / (below[round]?.[of] ?? 0)))
  const recorder = cost(`recorder: Kafka → S3 + PostgreSQL, ${plan.few.atOnce} calls at once`, few, plan.few)
  const liveCost = live.cpuMs / live.callMinutes
  const rtp = rtpengine === null ? null : median(rtpengine.map(({ mediaCpuMs, callMinutes }) => mediaCpuMs / callMinutes))
  const manifestMs = live.latencies.map((latency) => latency.manifestMs)
  const announcedMs = live.latencies.map((latency) => latency.announcedMs)
  const goals: Goal[] = [
    ...(rtp === null
      ? []
      : [{ what: 'recorder at live calls against rtpengine', value: liveCost / rtp, unit: '× its CPU', reach: { atMost: REACH.rtpengine } }]),
    { what: 'speed against consume, hash, put', value: medianRatio(hashPut, few, 'cpuMs'), unit: '× by CPU', reach: { atLeast: REACH.hashPut } },
    {
      what: `CPU per call-minute at ${plan.many.atOnce} calls ÷ at ${plan.few.atOnce}`,
      value: medianRatio(many, few, 'cpuMs'),
      unit: '×',
      reach: { atMost: REACH.growth },
    },
    {
      what: `end of call → manifest in the store, p99 at ${plan.live.calls} live calls`,
      value: percentile(manifestMs, 99),
      unit: 'ms',
      reach: { atMost: REACH.endMs },
    },
  ]
  const [first] = rtpengine ?? []
  return {
    title: `Twinreel bench on Kafka, S3 and PostgreSQL: dual-stream PCMU calls of ${plan.few.seconds} s, ${plan.rounds} round(s), each phase in a process of its own`,
    costs: [
      recorder,
      cost(`recorder: the same, ${plan.many.atOnce} calls at once`, many, plan.many),
      { what: `recorder: ${plan.live.calls} live calls in real time`, cpuMsPerCallMinute: liveCost, wallMs: [] },
      cost('consume, hash, put the same objects', hashPut, plan.few),
      cost('consume and discard (kafkajs)', discard, plan.few),
      ...(rtp === null ? [] : [{ what: `rtpengine ${first?.version ?? ''}: relay and record to pcap`, cpuMsPerCallMinute: rtp, wallMs: [] }]),
    ],
    notes: [
      rtp === null
        ? 'rtpengine is not installed: nothing to compare with (Debian: rtpengine-daemon)'
        : `rtpengine, ${((first?.packets ?? 0) / (first?.sendSeconds ?? 1) / 100).toFixed(0)} calls in real time on the loopback: every packet found in the files; start, offers and answers are not counted`,
      `speed against consume and discard: ${medianRatio(discard, few, 'cpuMs').toFixed(2)} × by CPU`,
      `speed against consume, hash, put: ${medianRatio(hashPut, few, 'wallMs').toFixed(2)} × by wall clock`,
      `live: ${live.latencies.length} calls ended; from the append of call.ended to the manifest in the store ${spread(manifestMs)}, to recording.completed in the log ${spread(announcedMs)}`,
      `live: recorder ${(live.residentBytes / 1_048_576).toFixed(0)} MiB resident; the platform was late by ${live.publisherLateMs.toFixed(0)} ms at most`,
    ],
    goals,
  }
}

function spread(values: readonly number[]): string {
  return `p50 ${percentile(values, 50).toFixed(0)}, p99 ${percentile(values, 99).toFixed(0)}, most ${Math.max(...values).toFixed(0)} ms`
}
