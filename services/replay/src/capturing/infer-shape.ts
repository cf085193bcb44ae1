import { msToSamples } from '@twinreel/media/format'
import type { RunShape } from '../capture/lines.ts'
import { bytesPerMs, type OpenStream, type Streams } from './streams.ts'

/** Nonce and tag (sealed-media.ts). */
const SEALED_BYTES = 28
/** A run without its stream id and its samples (media.ts). */
const RUN_BYTES = 17
const utf8 = new TextEncoder()
/** A step this large between where a stream was and where the publisher's clock is, is a gap. */
const GAP_MS = 500
/** Of so many streams every choice is tried. */
const MOST_STREAMS = 6

/**
 * What an encrypted batch that nobody can open any more most likely held, by its length alone: the same time of every stream that could be heard, or of some of them. `atMs`:
 * when its publisher says it was sent. `null` when no choice of streams has that length.
 */
export function inferRuns(sealedBytes: number, streams: Streams, atMs: number | null): RunShape[] | null {
  const content = sealedBytes - SEALED_BYTES - 1
  const live = streams.live().slice(0, MOST_STREAMS)
  for (const choice of choices(live)) {
    const durationMs = (content - choice.reduce((sum, { streamId }) => sum + RUN_BYTES + utf8.encode(streamId).length, 0)) / rateOf(choice)
    if (!(durationMs > 0) || choice.some(({ sampleRateHz }) => !isWhole((durationMs * sampleRateHz) / 1_000))) continue
    return choice.map((stream) => runOf(stream, durationMs, atMs))
  }
  return null
}

/** All of them first, then fewer. */
function choices(streams: readonly OpenStream[]): OpenStream[][] {
  const all = Array.from({ length: 2 ** streams.length - 1 }, (_, i) => streams.filter((__, bit) => ((i + 1) & (1 << bit)) !== 0))
  return all.toSorted((a, b) => b.length - a.length)
}

function rateOf(choice: readonly OpenStream[]): number {
  return choice.reduce((sum, stream) => sum + bytesPerMs(stream), 0)
}

function isWhole(samples: number): boolean {
  return Math.abs(samples - Math.round(samples)) < 1e-6
}

function runOf({ streamId, codec, sampleRateHz, nextSample }: OpenStream, durationMs: number, atMs: number | null): RunShape {
  const sampleCount = Math.round((durationMs * sampleRateHz) / 1_000)
  const sent = atMs === null ? nextSample : msToSamples(atMs, sampleRateHz) - sampleCount
  const isGap = sent - nextSample > msToSamples(GAP_MS, sampleRateHz)
  return { streamId, offset: Math.max(0, isGap ? sent : nextSample), sampleCount, codec }
}
