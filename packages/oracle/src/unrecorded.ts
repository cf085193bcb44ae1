import { toSample } from './call-audio.ts'
import { expand, sampleBytes } from './companding.ts'
import { DEFAULT_RULES, expectedRecordings, type ExpectedRecording, type OracleRules } from './expected-recordings.ts'
import { pressedGuesses } from './pressed.ts'
import { probeIndex, type ProbeIndex } from './probes.ts'
import { outside, type Span } from './spans.ts'
import { readSpoken, readTruth, trueCallIds, type TrueStream, type Truth } from './truth-files.ts'

/** Twice this is the shortest stretch that is sure to be found: wherever it begins, it holds one whole probe. */
const PROBE_MS = 20

/** Where a probe was said. */
export interface Said {
  callId: string
  streamId: string
  atMs: number
  why: 'during a pause' | 'while nobody recorded' | 'in a recording that was purged'
}

/**
 * Everything that was said while nobody had a recording of it that still is: in pauses, before announcements were over, in calls that are not
 * recorded, and in what was purged (`survives` says of what ought to have been recorded whether it still is). Held to be found as it
 * was sent and as linear samples.
 */
export async function unrecordedAudio(options: {
  truthDir: string
  survives?(recording: ExpectedRecording): boolean
  rules?: Partial<OracleRules>
}): Promise<ProbeIndex<Said>> {
  const { truthDir, survives = () => true } = options
  const rules = { ...DEFAULT_RULES, ...options.rules }
  const index = probeIndex<Said>()
  for (const callId of await trueCallIds(truthDir)) {
    const truth = await readTruth(truthDir, callId)
    const [pressedMs = new Map<string, number>()] = pressedGuesses(truth)
    const recordings = expectedRecordings(truth, rules, pressedMs)
    const kept = recordings.filter(survives).flatMap(({ spans }) => spans)
    for (const stream of truth.streams) addStream(index, { truth, stream, recordings, spoken: await readSpoken(truthDir, stream), kept })
  }
  return index
}

function addStream(
  index: ProbeIndex<Said>,
  said: { truth: Truth; stream: TrueStream; recordings: readonly ExpectedRecording[]; spoken: Uint8Array; kept: readonly Span[] },
): void {
  const { truth, stream, recordings, spoken, kept } = said
  const { sampleRateHz, firstSample, sampleCount, silences, codec } = stream
  const width = sampleBytes(codec)
  const probe = toSample(PROBE_MS, sampleRateHz)
  const recorded = kept.map(([from, to]): Span => [toSample(from, sampleRateHz), toSample(to, sampleRateHz)])
  // What was silent by command can't be told from any other silence.
  for (const [from, to] of outside([...recorded, ...silences], firstSample, firstSample + sampleCount)) {
    for (let at = from; at + probe <= to; at += probe) {
      const bytes = spoken.subarray((at - firstSample) * width, (at + probe - firstSample) * width)
      const atMs = Math.floor((at * 1_000) / sampleRateHz)
      const where: Said = { callId: truth.callId, streamId: stream.streamId, atMs, why: reason(recordings, atMs) }
      index.add(bytes, where)
      if (codec !== 'L16') index.add(new Uint8Array(expand(bytes, codec).buffer), where)
    }
  }
}

function reason(recordings: readonly ExpectedRecording[], atMs: number): Said['why'] {
  if (recordings.some(({ spans }) => spans.some(([from, to]) => from <= atMs && atMs < to))) return 'in a recording that was purged'
  const within = recordings.some(({ spans }) => (spans[0]?.[0] ?? Infinity) <= atMs && atMs < (spans.at(-1)?.[1] ?? 0))
  return within ? 'during a pause' : 'while nobody recorded'
}
