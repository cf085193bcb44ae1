import type { MediaRun } from '@twinreel/contracts/media'
import { samplesToMs } from '@twinreel/media/format'
import { MAX_CALL_MS, type CallState, type HeldMessage, type TrackState } from './state.ts'

/** A live call sends something at least every 10 s: audio further ahead than this may be a wrong offset, and waits until something else shows that it is none. */
export const JUMP_MS = 30_000
/** A jump of more than this is a broken clock, not a gap: taking it would seal everything that is still to come. */
export const MAX_JUMP_MS = 4 * 3_600_000

/** From and to. */
type Span = readonly [number, number]

/** Why a run can't be taken. */
export interface RunFault {
  readonly reason: 'invalid-media' | 'unknown-stream'
  readonly detail: string
  /** The call may yet show that it really came there. */
  readonly isAhead: boolean
}

export function invalid(detail: string, isAhead = false): RunFault {
  return { reason: 'invalid-media', detail, isAhead }
}

/** Where it lies, in ms of call time. */
export function callTimeOf(run: MediaRun, { format: { sampleRateHz } }: TrackState): Span {
  return [samplesToMs(run.offset, sampleRateHz), samplesToMs(run.offset + run.sampleCount, sampleRateHz)]
}

/** `reachMs`: how far the call is known to have come, its clock or more. */
export function clockFault(state: CallState, [fromMs, toMs]: Span, reachMs: number): RunFault | null {
  if (toMs > MAX_CALL_MS) return invalid(`ends at ${toMs} ms, a call has ${MAX_CALL_MS} ms at most`)
  if (toMs > state.clockMs + MAX_JUMP_MS) return invalid(`ends at ${toMs} ms, more than four hours ahead of the call's clock`)
  if (fromMs <= reachMs + JUMP_MS) return null
  return invalid(`starts at ${fromMs} ms, ${fromMs - state.clockMs} ms ahead of the call's clock`, true)
}

/** Whether a message of audio, all of it far ahead, begins where what is held back ended, or soon after: then the call has come there. A repeat doesn't go on. */
export function goesOn({ heldBack, clockMs }: CallState, spans: readonly Span[]): boolean {
  if (heldBack.length === 0 || spans.some(([fromMs]) => fromMs <= clockMs + JUMP_MS)) return false
  const endMs = heldEndMs(heldBack)
  return spans.some(([fromMs, toMs]) => fromMs >= endMs && fromMs <= endMs + JUMP_MS && toMs > endMs)
}

/** Whether it lies where what is held back lies: another stream of the same moment, say. That shows nothing, and contradicts nothing. */
export function agrees(heldBack: readonly HeldMessage[], [fromMs, toMs]: Span): boolean {
  return heldBack.length === 0 || (fromMs <= heldEndMs(heldBack) + JUMP_MS && toMs >= heldFromMs(heldBack) - JUMP_MS)
}

export function heldFromMs(heldBack: readonly HeldMessage[]): number {
  return Math.min(...heldBack.map(({ fromMs }) => fromMs))
}

export function heldEndMs(heldBack: readonly HeldMessage[]): number {
  return Math.max(...heldBack.map(({ toMs }) => toMs))
}
