import type { AudioFormat } from '@twinreel/media/format'
import { sameFormat } from '@twinreel/media/format'
import type { FailureReason } from '../effects.ts'
import { recordingId } from '../ids.ts'
import { announces } from './eligibility.ts'
import { forgetWaiting, openGateFor, reconcileGate, tellWhenShut } from './gate.ts'
import { tellLoss } from './lost-span.ts'
import { play, playShared } from './prompt-queue.ts'
import { liveRecording, type OwnerMachine, type OwnerState, type RecordingState } from './state.ts'
import { indicate, mark, owner, patchOwner, patchRecording, reference, send, type Step } from './step.ts'
import { toneIntervalMs } from './tones.ts'

type Announcing = Extract<OwnerMachine, { kind: 'announcing' }>

/** The owner is to be recorded from `atMs`, after the start announcement if there is one. `pauseAfter`: and has paused already. */
export function begin(step: Step, ownerId: string, atMs: number, pauseAfter = false): void {
  const waiting: Announcing = { kind: 'announcing', before: 'start', stage: 'prompt', promptId: null, fromMs: atMs, pausedMs: atMs, pauseAfter }
  patchOwner(step, ownerId, { machine: waiting, sinceMs: atMs })
  if (!announces(step.state, owner(step, ownerId).policy)) return goOn(step, ownerId, waiting, atMs)
  const promptId = playShared(step, 'recording-started', atMs)
  if (promptId === null) return failStart(step, ownerId, 'announcement-unsupported', atMs)
  patchOwner(step, ownerId, { machine: { ...waiting, promptId } })
  reconcileGate(step, atMs)
}

/** The user asked to go on after a pause: the prompt first, then the gates, then capture. */
export function resume(step: Step, ownerId: string, atMs: number, pausedMs: number): void {
  forgetWaiting(step, ownerId)
  const { icon, policy } = owner(step, ownerId)
  // A pause that was taken back before it was told needs no taking back in public.
  const prompt = icon.indicator === 'paused' ? PAUSE_PROMPTS[policy.settings.pauseResumeNotification].resume : null
  const promptId = prompt === null ? null : play(step, prompt, atMs)
  const waiting: Announcing = { kind: 'announcing', before: 'resume', stage: 'prompt', promptId, fromMs: atMs, pausedMs, pauseAfter: false }
  patchOwner(step, ownerId, { machine: waiting, sinceMs: atMs })
  if (promptId === null) goOn(step, ownerId, waiting, atMs)
}

/** Nothing is left to be heard first: capture begins at `atMs`, or where the publisher's gate opens if it has to be opened. */
export function goOn(step: Step, ownerId: string, waited: Announcing, atMs: number): void {
  const fromMs = Math.max(atMs, waited.fromMs)
  if (waited.pauseAfter) return capture(step, ownerId, { ...waited, fromMs })
  patchOwner(step, ownerId, { machine: { ...waited, stage: 'gate', promptId: null, fromMs } })
  if (openGateFor(step, fromMs)) capture(step, ownerId, { ...waited, fromMs })
}

/** Ends the wait: a new recording starts, or the paused one goes on. */
export function capture(step: Step, ownerId: string, waited: Announcing): void {
  // What is behind the floor was let go: a prompt reported very late can't bring it back.
  const atMs = Math.max(waited.fromMs, step.state.floorMs)
  if (waited.before === 'start') {
    openRecording(step, ownerId, atMs, waited.pauseAfter)
  } else {
    continueRecording(step, ownerId, atMs, waited.pausedMs)
  }
  reconcileGate(step, atMs)
  // Paused while the start was being announced: it takes effect now, and is told now.
  if (waited.pauseAfter) tellPaused(step, ownerId, atMs)
}

/** Says that the owner has paused, once it is true. */
export function tellPaused(step: Step, ownerId: string, atMs: number): void {
  tellWhenShut(step, ownerId, PAUSE_PROMPTS[owner(step, ownerId).policy.settings.pauseResumeNotification].pause, atMs)
}

/** A new recording of this owner. `paused`: it waits for a resume, nothing is captured yet; the caller tells that it is. */
export function openRecording(step: Step, ownerId: string, atMs: number, paused: boolean): void {
  const { policy, ordinal: before, keepRequested } = owner(step, ownerId)
  const ordinal = before + 1
  const provisional = policy.settings.mode === 'on-demand' && !keepRequested
  const recording: RecordingState = {
    recordingId: recordingId(policy.idNamespace, step.state.callId, ownerId, ordinal),
    ordinal,
    kept: !provisional,
    format: sharedFormat(step, atMs),
    spans: paused ? [] : [{ fromMs: atMs, toMs: null }],
    sealedMs: atMs,
    nextIndex: 0,
    paused: [],
    marks: [],
    endedMs: null,
    endReason: null,
    totals: { capturedMs: 0, pausedMs: 0, heldMs: 0, lostMs: 0, segments: 0, tones: 0, prompts: 0 },
  }
  patchOwner(step, ownerId, {
    ordinal,
    recordings: [...owner(step, ownerId).recordings, recording],
    machine: paused ? { kind: 'paused', sinceMs: atMs } : { kind: 'recording' },
    sinceMs: atMs,
    ...startTone(step, ownerId, atMs, paused),
  })
  step.effects.push({
    kind: 'recording.started',
    ...reference(step, ownerId, recording.recordingId),
    ordinal,
    mode: policy.settings.mode,
    settings: policy.settings,
    provisional,
    atMs,
    startedAtMs: step.state.timeZeroMs + atMs,
  })
  mark(step, ownerId, atMs, { kind: 'started' })
  tellLoss(step, ownerId, atMs)
  if (paused) mark(step, ownerId, atMs, { kind: 'paused' })
  else indicate(step, ownerId, 'recording', atMs)
}

function startTone(step: Step, ownerId: string, atMs: number, paused: boolean): Pick<OwnerState, 'toneDueMs' | 'toneLeftMs'> {
  if (!owner(step, ownerId).policy.settings.tone.enabled) return { toneDueMs: null, toneLeftMs: null }
  const intervalMs = toneIntervalMs(owner(step, ownerId))
  return paused ? { toneDueMs: null, toneLeftMs: intervalMs } : { toneDueMs: atMs + intervalMs, toneLeftMs: null }
}

function continueRecording(step: Step, ownerId: string, atMs: number, pausedMs: number): void {
  const current = owner(step, ownerId)
  const recording = liveRecording(current)
  if (recording === null) return
  patchRecording(step, ownerId, recording.recordingId, {
    spans: [...recording.spans, { fromMs: atMs, toMs: null }],
    paused: atMs > pausedMs ? [...recording.paused, [pausedMs, atMs]] : recording.paused,
    totals: { ...recording.totals, pausedMs: recording.totals.pausedMs + atMs - pausedMs },
  })
  patchOwner(step, ownerId, {
    machine: { kind: 'recording' },
    sinceMs: atMs,
    toneDueMs: current.toneLeftMs === null ? null : atMs + current.toneLeftMs,
    toneLeftMs: null,
  })
  mark(step, ownerId, atMs, { kind: 'resumed' })
  if (current.icon.indicator === 'paused')
    step.effects.push({ kind: 'recording.resumed', atMs, number: step.state.number, ...reference(step, ownerId, recording.recordingId) })
  indicate(step, ownerId, 'recording', atMs)
}

/** The start announcement can't be heard: the organization's failure behaviour decides about the call, and nothing is recorded. */
export function failStart(step: Step, ownerId: string, reason: FailureReason, atMs: number): void {
  const { policy } = owner(step, ownerId)
  const behavior = policy.rules.failureBehavior
  // A user who pressed start may press it again; a recording that should have begun by itself has failed for this call.
  const machine: OwnerMachine = policy.settings.mode === 'on-demand-user-start' ? { kind: 'standby' } : { kind: 'failed', reason }
  patchOwner(step, ownerId, { machine, failure: { reason, behavior } })
  reconcileGate(step, atMs)
  switch (behavior) {
    case 'proceed-without-announcement':
      return
    case 'proceed-with-announcement':
      // Untrue while somebody else's recording of the call goes on.
      if (Object.values(step.state.owners).every((other) => liveRecording(other) === null)) playShared(step, 'not-recorded', atMs)
      return
    case 'end-call':
      // Several owners may have waited for the same announcement.
      if (step.effects.some((effect) => effect.kind === 'command' && effect.command.type === 'call.release')) return
      send(step, { type: 'call.release', data: { reason: 'announcement-failed', atMs } })
  }
}

/** Which prompts pauses and resumes are told with. */
const PAUSE_PROMPTS = {
  none: { pause: null, resume: null },
  beep: { pause: 'pause-beep', resume: 'resume-beep' },
  announcement: { pause: 'recording-paused', resume: 'recording-resumed' },
} as const

/** What arrives is what is kept when all streams agree; else linear at the highest rate. Fixed for the whole recording. */
function sharedFormat(step: Step, atMs: number): AudioFormat {
  const formats = Object.values(step.state.tracks)
    .filter((track) => track.toMs === null || track.toMs > atMs)
    .map((track) => track.format)
  const [first] = formats
  if (first === undefined) return { codec: 'PCMU', sampleRateHz: 8_000 }
  if (formats.every((format) => sameFormat(format, first))) return first
  return { codec: 'L16', sampleRateHz: Math.max(...formats.map((format) => format.sampleRateHz)) }
}
