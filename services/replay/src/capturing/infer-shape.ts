import { msToSamples } from '@twinreel/media/format'
import type { RunShape } from '../capture/lines.ts'
import { bytesPerMs, type OpenStream, type Streams } from './streams.ts'

/** Nonce and tag (sealed-media.ts). */
const SEALED_BYTES = 28
/** A run without its stream id and its samples (media.ts). */
const RUN_BYTES = 17
const utf8 = new TextEncoder()
interface Sent {
  atMs: number | null
  gapMs: number
}

/** Of so many streams every choice is tried. */
const MOST_STREAMS = 6

/**
 * What an encrypted batch that nobody can open any more most likely held, by its length alone: the same time of every stream that could be heard, or of some of them. `atMs`:
 * when its publisher says it was sent; a stream that is more than `gapMs` behind that has a gap there. `null` when no choice of streams has that length.
 */
export function inferRuns(sealedBytes: number, streams: Streams, { atMs, gapMs }: Sent): RunShape[] | null {
  const content = sealedBytes - SEALED_BYTES - 1
  if (content === 0) return []
  for (const { named, heard } of choices(streams.live().slice(0, MOST_STREAMS))) {
    const audioBytes = content - named.reduce((sum, { streamId }) => sum + RUN_BYTES + utf8.encode(streamId).length, 0)
    const durationMs = heard.length === 0 ? 0 : audioBytes / rateOf(heard)
    const isWhole = heard.every(({ sampleRateHz }) => isInteger((durationMs * sampleRateHz) / 1_000))
    if (heard.length === 0 ? audioBytes !== 0 : !(durationMs > 0) || !isWhole) continue
    return named.map((stream) => runOf(stream, heard.includes(stream) ? durationMs : 0, { atMs, gapMs }))
  }
  return null
}

interface Choice {
  /** Those that have a run, and of these those whose run has audio. */
  named: readonly OpenStream[]
  heard: readonly OpenStream[]
}

/** All of them first, then fewer; then all by name, though only some are heard, or none. */
function choices(live: readonly OpenStream[]): Choice[] {
  const some = Array.from({ length: 2 ** live.length }, (_, i) => live.filter((__, bit) => (i & (1 << bit)) !== 0)).toSorted((a, b) => b.length - a.length)
  return [...some.filter(({ length }) => length > 0).map((heard) => ({ named: heard, heard })), ...some.slice(1).map((heard) => ({ named: live, heard }))]
}

function rateOf(choice: readonly OpenStream[]): number {
  return choice.reduce((sum, stream) => sum + bytesPerMs(stream), 0)
}

function isInteger(samples: number): boolean {
  return Math.abs(samples - Math.round(samples)) < 1e-6
}

function runOf({ streamId, codec, sampleRateHz, nextSample }: OpenStream, durationMs: number, { atMs, gapMs }: Sent): RunShape {
  const sampleCount = Math.round((durationMs * sampleRateHz) / 1_000)
  const sent = atMs === null ? nextSample : msToSamples(atMs, sampleRateHz) - sampleCount
  const isGap = sent - nextSample > msToSamples(gapMs, sampleRateHz)
  return { streamId, offset: Math.max(0, isGap ? sent : nextSample), sampleCount, codec }
}
