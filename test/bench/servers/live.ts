import { until } from '../measure.ts'
import { openPhase, runPhase, type PhaseOptions } from '../phase-process.ts'
import { endLatencies, type Completed, type EndLatency } from './live-latency.ts'
import type { Published } from './live-publisher.ts'
import type { Profiled } from './record.ts'
import type { LiveFigures, StoredManifest } from './live-recorder.ts'

export interface LiveResult extends LiveFigures {
  callMinutes: number
  latencies: readonly EndLatency[]
  /** How late the platform was with a message, at most. */
  publisherLateMs: number
}

/** `calls` live calls in real time for `seconds`: what the recorder needs for them, and how long after a call's end its recording is there. */
export async function runLive(options: PhaseOptions, { calls, seconds, profile = null }: { calls: number; seconds: number } & Profiled): Promise<LiveResult> {
  const recorder = openPhase('servers:live-record', { profile }, options)
  const platform = openPhase('servers:live-publish', { calls }, options)
  try {
    await platform.ask('fill')
    await recorder.ask('begin', { calls })
    const { ended, latestMs } = await platform.ask<Published>('run', { seconds })
    const figures = await recorder.ask<LiveFigures>('finish')
    const completed = await announcedFor(ended.length, options)
    const manifests = await recorder.ask<readonly StoredManifest[]>('stop')
    return {
      ...figures,
      callMinutes: (calls * seconds) / 60,
      latencies: endLatencies(ended, manifests, completed),
      publisherLateMs: latestMs,
    }
  } finally {
    await platform.close()
    await recorder.close()
  }
}

async function announcedFor(calls: number, options: PhaseOptions): Promise<readonly Completed[]> {
  let completed: readonly Completed[] = []
  await until(
    `${calls} recordings to be announced`,
    async () => {
      completed = await runPhase<readonly Completed[]>('servers:live-completed', null, options)
      return completed.length >= calls
    },
    1_000,
  )
  return completed
}
