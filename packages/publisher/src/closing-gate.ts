import { msToSamples } from '@twinreel/media/format'
import { BATCH_MS } from './pace.ts'
import { lives, type CallStream } from './streams.ts'

/** A gate that is to shut at `atMs` of the call, once the audio from before has been handed over: a platform has it a frame or a jitter buffer later. */
export interface ClosingGate {
  readonly sequence: number
  readonly atMs: number
}

/** Audio that comes later than this is not waited for; the recorder takes a gate as shut after five seconds. */
export const SHUT_WITHIN_MS = 500

/** Whether every stream has been handed over up to `atMs`, of those that had audio within the last second before it: whoever is on hold sends none. */
export function isAllHandedOver(streams: readonly CallStream[], atMs: number): boolean {
  return streams.filter(lives).every(({ handedTo, firstSample, format: { sampleRateHz } }) => {
    const isFlowing = handedTo > Math.max(firstSample, msToSamples(atMs - BATCH_MS, sampleRateHz))
    return !isFlowing || handedTo >= msToSamples(atMs, sampleRateHz)
  })
}
