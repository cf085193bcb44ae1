import { median, percentile } from '../figures.ts'
import type { Measured } from '../measure.ts'
import type { Cost, Goal, Report } from '../report.ts'
import type { RtpengineFigures } from '../rtpengine/record-rtp.ts'
import type { LiveResult } from './live.ts'
import type { Calls } from './publish.ts'

export interface Plan {
  isQuick: boolean
  rounds: number
  few: Calls
  many: Calls
  live: { calls: number; seconds: number }
  rtpengineSeconds: number
}

const REACH = { rtpengine: 0.25, hashPut: 0.7, growth: 1.1, endMs: 250 }

export interface Figures {
  few: readonly Measured[]
  many: readonly Measured[]
  hashPut: readonly Measured[]
  discard: readonly Measured[]
  live: LiveResult
  rtpengine: readonly RtpengineFigures[] | null
}

/** Costs, ratios and goals of a run: medians over its rounds, ratios within a round. */
export function reportOf(plan: Plan, { few, many, hashPut, discard, live, rtpengine }: Figures): Report {
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
    title: `Twinreel bench on Kafka, S3 and PostgreSQL: dual-stream PCMU calls of ${plan.few.seconds} s, ${plan.rounds} round(s), each phase in a process of its own${plan.isQuick ? '; too short to judge by: a process needs a minute to be warm' : ''}`,
    costs: [
      recorder,
      cost(`recorder: the same, ${plan.many.atOnce} calls at once`, many, plan.many),
      { what: `recorder: ${plan.live.calls} live calls in real time`, cpuMsPerCallMinute: liveCost, wallMs: [] },
      cost('consume, hash, put the same objects', hashPut, plan.few),
      cost('consume and discard (kafkajs)', discard, plan.few),
      ...(rtp === null ? [] : [{ what: `rtpengine ${first?.version ?? ''}: relay and record to pcap`, cpuMsPerCallMinute: rtp, wallMs: [] }]),
    ],
    notes: [
      first === undefined ? 'rtpengine is not installed: nothing to compare with (Debian: rtpengine-daemon)' : rtpengineNote(first),
      `speed against consume and discard: ${medianRatio(discard, few, 'cpuMs').toFixed(2)} × by CPU`,
      `speed against consume, hash, put: ${medianRatio(hashPut, few, 'wallMs').toFixed(2)} × by wall clock`,
      `live: ${live.latencies.length} calls ended; from the append of call.ended to the manifest in the store ${spread(manifestMs)}, to recording.completed in the log ${spread(announcedMs)}`,
      `live: recorder ${(live.residentBytes / 1_048_576).toFixed(0)} MiB resident; the platform was late by ${live.publisherLateMs.toFixed(0)} ms at most`,
    ],
    goals,
  }
}

function rtpengineNote({ calls, packets, sendSeconds, seconds }: RtpengineFigures): string {
  const pace = `${calls} calls of ${seconds} s, sent in ${sendSeconds.toFixed(1)} s`
  return `rtpengine: ${pace} over the loopback, relayed and recorded in userspace; all ${packets} packets were found in its files; its start, offers and answers are not counted`
}

function spread(values: readonly number[]): string {
  return `p50 ${percentile(values, 50).toFixed(0)}, p99 ${percentile(values, 99).toFixed(0)}, most ${Math.max(...values).toFixed(0)} ms`
}
