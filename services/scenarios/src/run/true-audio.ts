import { msToSamples } from '@twinreel/media/format'
import { intersect, subtract, type IntervalSet } from '@twinreel/media/intervals'
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

/** A piece of a recording that is an object of its own. */
interface Piece {
  fromMs: number
  toMs: number
}

/** What the call's recordings say of where each of their objects ends, and how long one may be. */
interface Objects {
  recordings: readonly { segments: readonly Piece[] }[]
  segmentMs: number
}

export function trueCall(call: SimulatedCall, settings: ReadonlyMap<string, Settings>, { recordings, segmentMs }: Objects): TrueCall {
  const told = truthOf(call, settings)
  const pieces = recordings.flatMap(({ segments }) => rightlyClosed(segments, segmentMs))
  const truth = { ...told, streams: told.streams.map((stream, i) => ({ ...stream, dropped: withoutWhatCameInTime(stream.dropped, call, i, pieces) })) }
  const streams = truth.streams.map((stream, i) => {
    const spoken = call.platform.streams[i]
    if (spoken === undefined) throw new Error(`stream ${stream.streamId} was never spoken on`)
    return asDated(heardStream(oracleTruth(truth), stream, heardAudio(call, spoken)), call)
  })
  return { truth, streams }
}

/** A recorder waits so long for the audio of an object when the call has come to its end. */
const WAITS_MS = 2_000

/** Objects that are full, or end where their recording does or pauses. What comes late for one that was closed for no reason has come in time all the same. */
function rightlyClosed(segments: readonly Piece[], segmentMs: number): Piece[] {
  return segments.filter(({ fromMs, toMs }) => toMs - fromMs >= segmentMs || !segments.some((next) => next.fromMs === toMs))
}

/** Audio that was published late has come in time but for objects that had to be closed by then. */
function withoutWhatCameInTime(dropped: IntervalSet, call: SimulatedCall, index: number, pieces: readonly Piece[]): IntervalSet {
  const stream = call.platform.streams[index]
  return call.lateAudio
    .filter((late) => late.stream === stream)
    .reduce((left, { from, to, publishedMs, stream: { format } }) => {
      const closed = pieces.filter(({ toMs }) => publishedMs > toMs + WAITS_MS)
      const inTime = closed.reduce<IntervalSet>(
        (set, piece) => subtract(set, msToSamples(piece.fromMs, format.sampleRateHz), msToSamples(piece.toMs, format.sampleRateHz)),
        [[from, to]],
      )
      return inTime.reduce((set, [a, b]) => subtract(set, a, b), left)
    }, dropped)
}

/**
 * A stream counts from when and until when the platform says so: a clock ahead of the audio costs the beginning of one that comes later, a clock
 * behind it the end of one that is gone before the call is over.
 */
function asDated(heard: HeardStream, { plan, platform }: SimulatedCall): HeardStream {
  if (plan.skewMs === 0) return heard
  const { firstSample, sampleCount, sampleRateHz } = heard.stream
  const skew = (plan.skewMs * sampleRateHz) / 1_000
  const lasts = firstSample + sampleCount >= msToSamples(platform.clockMs, sampleRateHz)
  const from = firstSample === 0 ? 0 : firstSample + Math.max(0, skew)
  const to = lasts ? Number.MAX_SAFE_INTEGER : firstSample + sampleCount + Math.min(0, skew)
  return { ...heard, heard: intersect(heard.heard, from, to) }
}

/** The oracle has a description of its own of what the simulator writes down. */
export function oracleTruth(truth: CallTruth): Truth {
  return truth as unknown as Truth
}
