import type { MediaRun } from '@twinreel/contracts/media'
import { JUMP_MS, MAX_JUMP_MS, agrees, callTimeOf, goesOn, heldEndMs, heldFromMs, type RunFault } from './jump.ts'
import { MAX_HELD_BACK, type CallState, type HeldMessage, type TrackState } from './state.ts'
import { nextNumber, patch, type Step } from './step.ts'
import { countRepeat, placeRun, runFault, trackOf } from './tracks.ts'

/**
 * The audio of one message. What of it can't be taken is told once, for its first such run. A message that lies far ahead as a whole is
 * held back: a wrong offset must not take the call along, and an outage must not cost the first second after it. It is taken as soon as anything shows
 * that the call has come there: the next audio, the time of an event or of a key, the samples that the end declares, or that nothing else came. Audio that
 * goes on from nearer shows that it was a wrong offset.
 */
export function placeRuns(step: Step, runs: readonly MediaRun[]): void {
  const spans = runs.flatMap((run) => {
    const track = trackOf(step.state, run.streamId)
    return track === undefined ? [] : [callTimeOf(run, track)]
  })
  if (goesOn(step.state, spans)) placeHeld(step)
  const clockBeforeMs = step.state.clockMs
  const faults: RunFault[] = []
  const ahead: Ahead[] = []
  let isTaken = false
  for (const [runIndex, run] of runs.entries()) {
    const track = trackOf(step.state, run.streamId)
    const fault = track === undefined ? UNKNOWN_STREAM : runFault(step.state, run, track, reachMs(step.state))
    if (fault !== null) faults.push({ ...fault, detail: `run ${runIndex}: ${fault.detail}` })
    if (track === undefined) continue
    const placed = { runIndex, trackId: track.trackId, from: run.offset, to: run.offset + run.sampleCount }
    if (fault === null) placeRun(step, placed)
    else if (fault.isAhead) ahead.push({ placed, span: callTimeOf(run, track), track })
    isTaken ||= fault === null
  }
  // Only what goes on says where the call is; what fills a gap or repeats would have come all the same.
  if (step.state.clockMs > clockBeforeMs) refuseHeld(step)
  const isHeld = !isTaken && step.state.phase === 'answered' && ahead.length > 0 && holdBack(step, ahead, faults)
  const told = faults.find((fault) => !isHeld || !fault.isAhead)
  if (told !== undefined) step.effects.push({ kind: 'dead-letter', reason: told.reason, detail: told.detail })
}

const UNKNOWN_STREAM: RunFault = { reason: 'unknown-stream', detail: 'no stream of this call has that id', isAhead: false }

/** A call that was silent until its idle end goes on anywhere. */
function reachMs({ phase, clockMs }: CallState): number {
  return phase === 'silent' ? clockMs + MAX_JUMP_MS : clockMs
}

/** A run that lies far ahead, and where in call time. */
interface Ahead {
  placed: HeldMessage['runs'][number]
  span: readonly [number, number]
  track: TrackState
}

/** Whether the message waits from now on, or is a repeat of one that does. */
function holdBack(step: Step, ahead: readonly Ahead[], faults: readonly RunFault[]): boolean {
  const runs = ahead.map(({ placed }) => placed)
  if (isRepeat(step.state.heldBack, runs)) {
    for (const { placed, track } of ahead) countRepeat(step, track, placed.to - placed.from)
    return true
  }
  if (!ahead.every(({ span }) => agrees(step.state.heldBack, span))) refuseHeld(step)
  const { heldBack } = step.state
  if (heldBack.length >= MAX_HELD_BACK) return false
  const [fromMs, toMs] = [Math.min(...ahead.map(({ span: [from] }) => from)), Math.max(...ahead.map(({ span: [, to] }) => to))]
  // Of one message there is one dead letter at most.
  const detail = faults.every(({ isAhead }) => isAhead) ? (faults[0]?.detail ?? null) : null
  patch(step, { heldBack: [...heldBack, { number: nextNumber(step), fromMs, toMs, runs, detail }] })
  return true
}

function isRepeat(heldBack: readonly HeldMessage[], runs: HeldMessage['runs']): boolean {
  const known = heldBack.flatMap((message) => message.runs)
  return runs.every((run) => known.some(({ trackId, from, to }) => run.trackId === trackId && run.from >= from && run.to <= to))
}

/** The call has come so far by the time of one of its own events. */
export function shownByEvent(step: Step, atMs: number): void {
  const { heldBack } = step.state
  if (heldBack.length > 0 && heldFromMs(heldBack) <= atMs + JUMP_MS) placeHeld(step)
}

/** A key moves no clock; but a user's clock that says the same as the audio is no chance. */
export function shownByKey(step: Step, atMs: number | undefined): void {
  const { heldBack } = step.state
  if (heldBack.length > 0 && atMs !== undefined && atMs >= heldFromMs(heldBack) && atMs <= heldEndMs(heldBack) + JUMP_MS) placeHeld(step)
}

/** What was held back is audio of the call like any other. */
export function placeHeld(step: Step): void {
  const { heldBack } = step.state
  patch(step, { heldBack: [] })
  for (const { number, runs } of heldBack) for (const run of runs) placeRun(step, { ...run, heldBack: number })
}

/** What was held back was at a wrong offset. */
export function refuseHeld(step: Step): void {
  for (const { number, detail } of step.state.heldBack) {
    if (detail !== null) step.effects.push({ kind: 'dead-letter', reason: 'invalid-media', detail, heldBack: number })
  }
  if (step.state.heldBack.length > 0) patch(step, { heldBack: [] })
}
