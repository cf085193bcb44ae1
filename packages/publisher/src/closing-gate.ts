import { msToSamples } from '@twinreel/media/format'
import { BATCH_MS } from './pace.ts'
import { lives, type CallStream } from './streams.ts'

/** A gate that is to shut at `atMs` of the call, once the audio from before has been handed over: a platform has it a frame or a jitter buffer later. */
export interface ClosingGate {
  readonly sequence: number
  readonly atMs: number
}

/** Audio that comes later than this is not waited for: few jitter buffers are longer, and whoever has paused waits to hear of it. */
const SHUT_WITHIN_MS = 250

/**
 * Whether a gate shuts by `nowMs`. It waits for the streams that had audio within the last second: whoever is on hold sends none. Not for those whose audio comes
 * without offsets: of what is handed over after a pause nobody could tell that it was said before.
 */
export function isShutBy(streams: readonly CallStream[], { atMs }: ClosingGate, nowMs: number): boolean {
  if (nowMs >= atMs + SHUT_WITHIN_MS) return true
  return streams.filter(lives).every(({ handedTo, format: { sampleRateHz } }) => {
    const isFlowing = handedTo !== null && handedTo > msToSamples(atMs - BATCH_MS, sampleRateHz)
    return !isFlowing || handedTo >= msToSamples(atMs, sampleRateHz)
  })
}
