import type { MediaRun } from '@twinreel/contracts/media'
import { samplesToMs } from '@twinreel/media/format'
import { MAX_CALL_MS, type CallState, type TrackState } from './state.ts'

/**
 * A live call sends something at least every 10 s: audio further ahead than this is a wrong offset, unless its publisher's clock says the same as the
 * offset, or until the next message goes on from there.
 */
const JUMP_MS = 30_000
/** A jump of more than this is a broken clock, not a gap: taking it would seal everything that is still to come. */
export const MAX_JUMP_MS = 4 * 3_600_000

/** Why a run can't be taken. */
export interface RunFault {
  readonly detail: string
  /** Where the call would have come to, if the next message may yet show that it really did. */
  readonly aheadMs: number | null
}

/** From and to, in ms of call time. */
export function callTimeOf(run: MediaRun, { format: { sampleRateHz } }: TrackState): readonly [number, number] {
  return [samplesToMs(run.offset, sampleRateHz), samplesToMs(run.offset + run.sampleCount, sampleRateHz)]
}

/** How far a call is known to have come. */
export interface Reach {
  /** Its clock, or more. */
  ms: number
  /** When the message was made, in call time by its publisher's clock; `null` when it does not say so. */
  madeMs: number | null
}

export function clockFault(state: CallState, [fromMs, toMs]: readonly [number, number], reach: Reach): RunFault | null {
  if (toMs > MAX_CALL_MS) return { detail: `ends at ${toMs} ms, a call has ${MAX_CALL_MS} ms at most`, aheadMs: null }
  if (toMs > state.clockMs + MAX_JUMP_MS) return { detail: `ends at ${toMs} ms, more than four hours ahead of the call's clock`, aheadMs: null }
  if (fromMs <= reach.ms + JUMP_MS || isMadeThen([fromMs, toMs], reach)) return null
  return { detail: `starts at ${fromMs} ms, ${fromMs - state.clockMs} ms ahead of the call's clock`, aheadMs: toMs }
}

/**
 * How far the call has come when this message arrives: where audio was refused as too far ahead, if all of this message is that far
 * too and goes on from there; else its clock. The refused message itself, repeated, doesn't go on.
 */
export function reachOf(state: CallState, spans: readonly (readonly [number, number])[]): number {
  const { aheadMs, clockMs } = state
  if (aheadMs === null || spans.some(([fromMs]) => fromMs <= clockMs + JUMP_MS)) return clockMs
  return spans.some(([fromMs, toMs]) => fromMs >= aheadMs && fromMs <= aheadMs + JUMP_MS && toMs > aheadMs) ? aheadMs : clockMs
}

/** An offset that is wrong does not agree with the clock of who made it: an outage costs no message. */
function isMadeThen([fromMs, toMs]: readonly [number, number], { madeMs }: Reach): boolean {
  return madeMs !== null && fromMs <= madeMs + JUMP_MS && toMs >= madeMs - JUMP_MS
}
