import type { CallEventData } from '@twinreel/contracts/call-events'
import type { LedgerOutcome } from '../effects.ts'
import { begin, openRecording, resume } from './capture.ts'
import { endEarlier, endRecording } from './end-recording.ts'
import { reconcileGate, tellWhenShut } from './gate.ts'
import { MAX_JUMP_MS } from './jump.ts'
import { measureLoss } from './lost-span.ts'
import { isGone } from './people.ts'
import { sealReady } from './seal.ts'
import { MAX_CALL_MS, SILENT_CLOSE_FACTOR, TRAIL_MS, type CallState, type OwnerMachine, type OwnerState } from './state.ts'
import { owner, ownerIds, patch, patchOwner, type Step } from './step.ts'
import { find } from './lookup.ts'
import { closeTrack, patchTrack } from './tracks.ts'

/** The publisher says it is over, and where each stream ended. Sealing waits for what has not come yet, and no longer than the trail. */
export function callEnded(step: Step, data: CallEventData<'call.ended'>, atMs: number): void {
  if (step.state.phase === 'silent') return close(step, atMs)
  const finals = new Map(data.finalSamples.map((final) => [find(step.state.streams, final.streamId), final.sampleOffset]))
  let endMs = atMs
  for (const track of Object.values(step.state.tracks)) {
    const finalSample = finals.get(track.trackId)
    if (finalSample === undefined) continue
    const finalMs = Math.ceil((finalSample * 1_000) / track.format.sampleRateHz)
    // A broken clock, as in media: the end of the call counts, this does not.
    if (finalMs > Math.min(MAX_CALL_MS, step.state.clockMs + MAX_JUMP_MS)) continue
    patchTrack(step, track.trackId, { finalSample })
    // Audio that the publisher declares is audio of the call, even if its end is dated a moment earlier.
    endMs = Math.max(endMs, finalMs)
  }
  over(step, endMs, 'call-ended')
  patch(step, { phase: 'ending' })
}

/** A call that said nothing for too long ended where its audio ended. What was going on is remembered: it may go on. */
function idleEnd(step: Step): void {
  over(step, step.state.audioEndMs, 'idle')
  patch(step, { phase: 'silent' })
}

export function over(step: Step, endMs: number, reason: Reason): void {
  for (const track of Object.values(step.state.tracks)) closeTrack(step, track.trackId, endMs)
  for (const ownerId of ownerIds(step)) {
    const { machine, sinceMs } = owner(step, ownerId)
    endRecording(step, ownerId, endMs, reason)
    endEarlier(step, ownerId, endMs)
    if (machine.kind === 'excluded' || machine.kind === 'failed' || machine.kind === 'ended') continue
    patchOwner(step, ownerId, {
      machine: { kind: 'ended', was: resumable(machine, reason) },
      sinceMs: machine.kind === 'announcing' ? machine.fromMs : sinceMs,
    })
  }
  // Nobody is left to hear a prompt. The gate stays as it is: the call may go on.
  patch(step, { prompts: [], ending: { atMs: endMs, reason }, clockMs: Math.max(step.state.clockMs, endMs) })
}

type Reason = 'idle' | 'log-lost' | 'call-ended'
type Was = Extract<OwnerMachine, { kind: 'ended' }>['was']

function resumable(machine: Exclude<OwnerMachine, { kind: 'excluded' | 'failed' | 'ended' }>, reason: Reason): Exclude<Was, 'over'> {
  if (machine.kind !== 'announcing') return machine.kind
  // What else a lost log told is not known: who had not gone on yet presses again.
  if (machine.before === 'resume') return reason === 'log-lost' ? 'paused' : 'resuming'
  return machine.pauseAfter ? 'starting-paused' : 'starting'
}

/** After a fold: seals what is ready, and when nothing of an ended call is left, says what became of every owner. */
export function settle(step: Step, settled: boolean): void {
  sealReady(step, settled)
  if (step.state.phase === 'ending' && everythingSealed(step.state)) close(step, step.state.ending?.atMs ?? step.state.clockMs)
}

function everythingSealed(state: CallState): boolean {
  return Object.values(state.owners).every((current) => current.recordings.length === 0)
}

function close(step: Step, atMs: number): void {
  const heardBefore = step.state.phase === 'silent'
  patch(step, { phase: 'closed' })
  // After an idle end the outcomes stand already.
  if (!heardBefore) tellOutcomes(step, atMs)
}

export function tellOutcomes(step: Step, atMs: number): void {
  for (const ownerId of ownerIds(step)) {
    step.effects.push({ kind: 'ledger', ownerId, orgId: step.state.orgId, outcome: ledgerOutcome(owner(step, ownerId)), lateMs: step.state.lateMs })
  }
  step.effects.push({ kind: 'call.closed', atMs })
}

/** What became of this owner's call: exactly one of recorded, failed and why, excluded and why. */
function ledgerOutcome(current: OwnerState): LedgerOutcome {
  if (current.recorded) return { outcome: 'recorded' }
  if (current.machine.kind === 'excluded') return { outcome: 'excluded', reason: current.machine.reason }
  if (current.failure !== null) return { outcome: 'failed', ...current.failure }
  if (current.notKept) return { outcome: 'excluded', reason: 'not-kept' }
  const neverPressed = current.policy.settings.mode === 'on-demand-user-start' && current.ordinal === 0
  return { outcome: 'excluded', reason: neverPressed ? 'never-started' : 'nothing-captured' }
}

/** A timer fired: `nowMs` is the call's clock if it had gone on. It ends, settles or closes; it never moves the media clock. */
export function timePassed(step: Step, nowMs: number): void {
  const waitedMs = nowMs - step.state.clockMs
  const idleMs = idleEndMs(step.state)
  switch (step.state.phase) {
    case 'answered':
      if (waitedMs < idleMs) return
      idleEnd(step)
      sealReady(step, true)
      return tellOutcomes(step, step.state.clockMs)
    case 'ending':
      if (waitedMs >= TRAIL_MS) settle(step, true)
      return
    case 'started':
    case 'silent':
      if (waitedMs >= idleMs * SILENT_CLOSE_FACTOR) close(step, step.state.clockMs)
      return
    case 'closed':
  }
}

export function idleEndMs(state: CallState): number {
  return (state.rules?.idleEndSeconds ?? 120) * 1_000
}

/**
 * Something came after an idle end: the call was not over. Who was recorded is recorded again, in a further recording; who had paused stays paused. A key that was
 * pressed ahead of its audio is no less so for the silence: nothing begins again before the owner's last transition.
 */
export function reopen(step: Step, atMs: number): void {
  const fromMs = Math.max(atMs, step.state.floorMs)
  patch(step, { phase: 'answered', ending: null, clockMs: Math.max(step.state.clockMs, fromMs) })
  for (const track of Object.values(step.state.tracks)) {
    const isCurrent = find(step.state.streams, track.streamId) === track.trackId
    if (isCurrent && track.participantIds.some((id) => !isGone(step.state, id))) patchTrack(step, track.trackId, { toMs: null })
  }
  for (const ownerId of ownerIds(step)) {
    const { machine, sinceMs } = owner(step, ownerId)
    measureLoss(step, ownerId, fromMs)
    if (machine.kind === 'ended') goBack(step, ownerId, machine.was, Math.max(fromMs, sinceMs))
  }
  reconcileGate(step, fromMs)
  for (const ownerId of ownerIds(step)) tellWhenShut(step, ownerId, null, fromMs)
}

function goBack(step: Step, ownerId: string, was: Was, atMs: number): void {
  switch (was) {
    case 'recording':
    case 'paused':
      return openRecording(step, ownerId, atMs, was === 'paused')
    case 'resuming':
      openRecording(step, ownerId, atMs, true)
      return resume(step, ownerId, atMs, atMs)
    case 'starting':
    case 'starting-paused':
      return begin(step, ownerId, atMs, was === 'starting-paused')
    case 'standby':
      return patchOwner(step, ownerId, { machine: { kind: 'standby' }, sinceMs: atMs })
    case 'over':
  }
}
