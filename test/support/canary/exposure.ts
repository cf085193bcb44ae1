import { decodeCallEvent } from '@twinreel/contracts/messages'
import { TOPICS } from '@twinreel/contracts/topics'
import type { EventLog } from '@twinreel/event-log/port'
import { intersect, total } from '@twinreel/media/intervals'
import type { CanaryCalls } from './calls.ts'
import { canaryValue, inSamples, type Pause } from './pattern.ts'
import { eachRecord } from './places.ts'

/** What of the pauses is in the log. */
export interface Exposure {
  /** Of publishers with a gate: per pause, how many milliseconds of it reached the log before the gate shut. */
  gatedMs: number[]
  /** Of publishers without: the same, which is all of it. */
  ungatedMs: number[]
  /** Samples of a pause that were not the canary: then nothing else that was found would mean anything. */
  wrongSamples: number
}

/** Counts on the near end's stream: both are shut at once. */
export async function exposureIn(eventLog: EventLog, { plans, pausesOf }: CanaryCalls): Promise<Exposure> {
  const loggedMs = new Map<number, number>()
  let wrongSamples = 0
  const look = (pauses: readonly Pause[], run: { offset: number; sampleCount: number; bytes: Uint8Array }): void => {
    const sampleBytes = run.sampleCount === 0 ? 1 : run.bytes.length / run.sampleCount
    for (const { number, from, to } of inSamples(pauses, { codec: 'PCMU', sampleRateHz: 8_000 })) {
      const inPause = intersect([[run.offset, run.offset + run.sampleCount]], from, Math.min(to, Number.MAX_SAFE_INTEGER))
      loggedMs.set(number, (loggedMs.get(number) ?? 0) + total(inPause) / 8)
      for (const [first, end] of inPause)
        for (let sample = first; sample < end; sample++) if (run.bytes[(sample - run.offset) * sampleBytes] !== canaryValue(number, sample)) wrongSamples++
    }
  }
  await eachRecord(eventLog, TOPICS.calls, ({ key, headers, value }) => {
    const decoded = value === null ? null : decodeCallEvent({ key, headers, value })
    if (decoded?.ok !== true || decoded.message.type !== 'media') return
    for (const run of decoded.message.runs) if (run.streamId === 'caller') look(pausesOf.get(key) ?? [], run)
  })
  const of = (isGated: boolean): number[] =>
    plans
      .filter(({ capabilities }) => capabilities?.gate === isGated)
      .flatMap(({ callId }) => (pausesOf.get(callId) ?? []).map(({ number }) => loggedMs.get(number) ?? 0))
  return { gatedMs: of(true), ungatedMs: of(false), wrongSamples }
}

export function exposureText(exposure: Exposure): string {
  const describe = (values: readonly number[]): string => {
    // Into a gate that is shut already nothing comes.
    const sorted = values.filter((value) => value > 0).toSorted((a, b) => a - b)
    const at = (share: number): string => (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0).toFixed(0)
    return `${sorted.length} pauses, median ${at(0.5)} ms, p99 ${at(0.99)} ms, most ${at(1)} ms`
  }
  return `speech of pauses in the log: behind a gate ${describe(exposure.gatedMs)}; without one ${describe(exposure.ungatedMs)}`
}
