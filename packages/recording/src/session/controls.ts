import type { RejectionReason } from '@twinreel/contracts/call-commands'
import type { CallEventData } from '@twinreel/contracts/call-events'
import { CONTROLS_BY_MODE, type ControlName } from '../settings.ts'
import { begin, capture, resume, tellPaused } from './capture.ts'
import { announces } from './eligibility.ts'
import { cutSpans, endRecording } from './end-recording.ts'
import { reopen } from './ending.ts'
import { reconcileGate } from './gate.ts'
import { find } from './lookup.ts'
import { play } from './prompt-queue.ts'
import { CONTROL_AHEAD_MS, OPENING_AHEAD_MS, liveRecording, type OwnerMachine, type OwnerState } from './state.ts'
import { mark, owner, patchOwner, patchRecording, reference, send, type Step } from './step.ts'
import { toneIntervalMs } from './tones.ts'

/** A user pressed a key. What mode and state allow happens at the control's place on the time axis; anything else is answered with the reason. */
export function control(step: Step, name: ControlName, data: CallEventData<'control.start'>, eventId: string): void {
  const ownerId = data.userId ?? find(step.state.participants, data.participantId ?? '')?.ownerId ?? null
  const [before, effectsBefore] = [step.state, step.effects.length]
  // Whoever presses a key speaks of a call that goes on, though it was silent; a refused key changes nothing.
  if (step.state.phase === 'silent') reopen(step, step.state.clockMs)
  const reason = ownerId === null ? refusalWithoutOwner(step) : attempt(step, name, ownerId, data.atMs)
  if (reason === null) return
  step.state = before
  step.effects.length = effectsBefore
  const userId = ownerId === null ? {} : { userId: ownerId }
  send(step, { type: 'control.rejected', data: { eventId, control: name, ...userId, reason, atMs: step.state.clockMs } })
}

function refusalWithoutOwner(step: Step): RejectionReason {
  switch (step.state.phase) {
    case 'started':
      return 'call-not-answered'
    case 'ending':
    case 'closed':
      return 'call-ended'
    default:
      return 'not-an-owner'
  }
}

function attempt(step: Step, name: ControlName, ownerId: string, askedMs: number | undefined): RejectionReason | null {
  const current = find(step.state.owners, ownerId)
  if (current === undefined) return refusalWithoutOwner(step)
  if (step.state.phase === 'ending' || step.state.phase === 'closed' || current.machine.kind === 'ended') return 'call-ended'
  if (!CONTROLS_BY_MODE[current.policy.settings.mode].includes(name)) return 'not-allowed-in-mode'
  if (current.machine.kind === 'excluded') return 'excluded'
  if (current.machine.kind === 'failed') return 'failed'
  const atMs = effectiveMs(step, ownerId, name, askedMs)
  switch (name) {
    case 'start':
      return start(step, current, atMs)
    case 'stop':
      return stop(step, current, atMs)
    case 'pause':
      return pause(step, current, atMs)
    case 'resume':
      return unpause(step, current, atMs)
  }
}

/** Where a control cuts: where it says, but not behind what is sealed or before the owner's last transition, and not in the far future: of that, what shuts has less than what opens. */
function effectiveMs(step: Step, ownerId: string, name: ControlName, askedMs: number | undefined): number {
  const { clockMs, floorMs } = step.state
  const current = owner(step, ownerId)
  const sealedMs = Math.max(floorMs, liveRecording(current)?.sealedMs ?? 0)
  const earliestMs = Math.max(sealedMs, current.sinceMs)
  if (askedMs !== undefined && askedMs < sealedMs) mark(step, ownerId, earliestMs, { kind: 'control-late', control: name, askedMs })
  const latestMs = name === 'start' || name === 'resume' ? clockMs + OPENING_AHEAD_MS : clockMs + CONTROL_AHEAD_MS
  return Math.max(earliestMs, Math.min(askedMs ?? clockMs, latestMs))
}

function start(step: Step, current: OwnerState, atMs: number): RejectionReason | null {
  if (current.policy.settings.mode === 'on-demand') return keep(step, current, atMs)
  switch (current.machine.kind) {
    case 'standby':
      begin(step, current.ownerId, atMs)
      return null
    case 'announcing':
      return current.machine.before === 'start' ? 'starting' : 'already-recording'
    default:
      return 'already-recording'
  }
}

/** "Keep on request": pressing record keeps what was recorded from the answer on. */
function keep(step: Step, current: OwnerState, atMs: number): RejectionReason | null {
  if (current.keepRequested) return 'already-recording'
  patchOwner(step, current.ownerId, { keepRequested: true })
  const recording = liveRecording(current)
  if (recording === null) return null
  patchRecording(step, current.ownerId, recording.recordingId, { kept: true })
  mark(step, current.ownerId, atMs, { kind: 'kept' })
  step.effects.push({ kind: 'recording.kept', ...reference(step, current.ownerId, recording.recordingId) })
  return null
}

function stop(step: Step, current: OwnerState, atMs: number): RejectionReason | null {
  const { machine, ownerId } = current
  if (machine.kind === 'standby') return 'not-recording'
  endRecording(step, ownerId, atMs, 'stopped')
  patchOwner(step, ownerId, { machine: { kind: 'standby' }, sinceMs: atMs })
  reconcileGate(step, atMs)
  if (liveRecording(current) !== null && announces(step.state, current.policy)) play(step, 'recording-stopped', atMs)
  return null
}

function pause(step: Step, current: OwnerState, atMs: number): RejectionReason | null {
  const { machine, ownerId } = current
  switch (machine.kind) {
    case 'recording':
      pauseRecording(step, current, atMs)
      break
    case 'announcing':
      if (machine.before === 'start') {
        if (machine.pauseAfter) return 'already-paused'
        const waiting = { ...machine, pauseAfter: true, fromMs: Math.max(machine.fromMs, machine.stage === 'gate' ? atMs : 0) }
        patchOwner(step, ownerId, { machine: waiting })
        // Everything was heard, only the gate is waited for: a paused recording needs no open gate.
        if (machine.stage === 'gate') capture(step, ownerId, waiting)
        else reconcileGate(step, atMs)
        return null
      }
      patchOwner(step, ownerId, { machine: { kind: 'paused', sinceMs: machine.pausedMs }, sinceMs: atMs })
      break
    case 'paused':
      return 'already-paused'
    default:
      return 'not-recording'
  }
  reconcileGate(step, atMs)
  tellPaused(step, ownerId, atMs)
  return null
}

function pauseRecording(step: Step, current: OwnerState, atMs: number): void {
  const { ownerId, toneDueMs } = current
  const recording = liveRecording(current)
  if (recording === null) return
  patchRecording(step, ownerId, recording.recordingId, { spans: cutSpans(recording.spans, atMs) })
  const machine: OwnerMachine = { kind: 'paused', sinceMs: atMs }
  patchOwner(step, ownerId, {
    machine,
    sinceMs: atMs,
    toneDueMs: null,
    toneLeftMs: toneDueMs === null ? null : Math.min(toneIntervalMs(current), Math.max(0, toneDueMs - atMs)),
  })
  mark(step, ownerId, atMs, { kind: 'paused' })
}

function unpause(step: Step, current: OwnerState, atMs: number): RejectionReason | null {
  const { machine, ownerId } = current
  switch (machine.kind) {
    case 'paused':
      resume(step, ownerId, atMs, machine.sinceMs)
      return null
    case 'announcing':
      if (!machine.pauseAfter) return 'not-paused'
      patchOwner(step, ownerId, { machine: { ...machine, pauseAfter: false } })
      reconcileGate(step, atMs)
      return null
    case 'recording':
      return 'not-paused'
    default:
      return 'not-recording'
  }
}
