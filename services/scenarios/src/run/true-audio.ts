import { intersect } from '@twinreel/media/intervals'
import { heardStream, type HeardStream } from '@twinreel/oracle/call-audio'
import type { Truth } from '@twinreel/oracle/truth-files'
import { heardAudio, truthOf, type CallTruth } from '@twinreel/simulator/truth'
import type { SimulatedCall } from '@twinreel/simulator/simulated-call'
import type { Settings } from '@twinreel/recording/settings'

/** What happened in a call, and what was said on each of its streams. */
export interface TrueCall {
  truth: CallTruth
  streams: readonly HeardStream[]
}

export function trueCall(call: SimulatedCall, settings: ReadonlyMap<string, Settings>): TrueCall {
  const truth = truthOf(call, settings)
  const streams = truth.streams.map((stream, i) => {
    const spoken = call.platform.streams[i]
    if (spoken === undefined) throw new Error(`stream ${stream.streamId} was never spoken on`)
    return fromJoining(heardStream(oracleTruth(truth), stream, heardAudio(call, spoken)), call.plan.skewMs)
  })
  return { truth, streams }
}

/** A stream that comes later counts from when the platform says so; a clock ahead of the audio costs its beginning. */
function fromJoining(heard: HeardStream, skewMs: number): HeardStream {
  const { firstSample, sampleRateHz } = heard.stream
  if (skewMs <= 0 || firstSample === 0) return heard
  return { ...heard, heard: intersect(heard.heard, firstSample + (skewMs * sampleRateHz) / 1_000, Number.MAX_SAFE_INTEGER) }
}

/** The oracle has a description of its own of what the simulator writes down. */
export function oracleTruth(truth: CallTruth): Truth {
  return truth as unknown as Truth
}
