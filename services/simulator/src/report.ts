import { total } from '@twinreel/media/intervals'
import type { SimulatedCall } from './simulated-call.ts'

export interface SimulationReport {
  seed: number
  calls: number
  /** Messages appended to the topic `calls`, repeats included, and the bytes of their values. */
  messages: number
  bytes: number
  /** All that was spoken, added up over the streams. */
  audioSeconds: number
  /** The part of it that was lost on the way to the log. */
  droppedSeconds: number
  /** Calls whose end never reached the log. */
  lostEnds: number
  /** Ledger rows that were waited for. */
  outcomes: number
}

export type AudioTally = Pick<SimulationReport, 'audioSeconds' | 'droppedSeconds' | 'lostEnds'>

export function emptyTally(): AudioTally {
  return { audioSeconds: 0, droppedSeconds: 0, lostEnds: 0 }
}

/** Adds a call that is over. */
export function tally(to: AudioTally, call: SimulatedCall): void {
  if (call.route.endIsLost) to.lostEnds++
  for (const { firstSample, endSample, sentTo, format } of call.platform.streams) to.audioSeconds += ((endSample ?? sentTo) - firstSample) / format.sampleRateHz
  for (const [{ format }, { dropped }] of call.audio) to.droppedSeconds += total(dropped) / format.sampleRateHz
}

/** To the millisecond: what is added up in seconds is never exact. */
export function rounded({ audioSeconds, droppedSeconds, lostEnds }: AudioTally): AudioTally {
  return { audioSeconds: Math.round(audioSeconds * 1_000) / 1_000, droppedSeconds: Math.round(droppedSeconds * 1_000) / 1_000, lostEnds }
}
