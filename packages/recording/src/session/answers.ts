import type { CallEventData } from '@twinreel/contracts/call-events'
import { capture, failStart, goOn } from './capture.ts'
import { tellWaiting } from './gate.ts'
import { CONTROL_AHEAD_MS, type OpenPrompt } from './state.ts'
import { mark, owner, ownerIds, patch, patchRecording, type Step } from './step.ts'

type Outcome = { outcome: 'played'; fromMs: number; toMs: number } | { outcome: 'expired' | 'failed' | 'unanswered' }

export function promptFinished(step: Step, data: CallEventData<'prompt.finished'>, atMs: number): void {
  const { outcome } = data
  // A prompt that is said to end far ahead would put off the recording just as far.
  const latestMs = step.state.clockMs + CONTROL_AHEAD_MS
  const toMs = Math.min(data.toMs ?? atMs, latestMs)
  finish(step, data.promptId, outcome === 'played' ? { outcome, fromMs: Math.min(data.fromMs ?? atMs, toMs), toMs } : { outcome }, atMs)
}

/** Prompts whose time is over count as never finished. `nowMs` is the media clock, or a timer's when nothing is heard. */
export function promptsOverdue(step: Step, nowMs: number): void {
  for (const prompt of step.state.prompts) {
    if (nowMs >= prompt.deadlineMs) finish(step, prompt.promptId, { outcome: prompt.expiresAtMs === null ? 'unanswered' : 'expired' }, nowMs)
  }
}

function finish(step: Step, promptId: string, result: Outcome, atMs: number): void {
  const prompt = step.state.prompts.find((open) => open.promptId === promptId)
  // An answer to a prompt that is no longer owed (overdue, or said twice) decides nothing.
  if (prompt === undefined) return
  patch(step, { prompts: step.state.prompts.filter((open) => open !== prompt) })
  for (const ownerId of ownerIds(step)) {
    const { machine } = owner(step, ownerId)
    const waits = machine.kind === 'announcing' && machine.promptId === promptId
    if (waits && machine.before === 'start' && result.outcome !== 'played') {
      failStart(step, ownerId, result.outcome === 'unanswered' ? 'announcement-unanswered' : 'announcement-failed', atMs)
      continue
    }
    // A resume goes on whatever became of its prompt: consent was given at the start, and the user pressed the key.
    if (waits) goOn(step, ownerId, machine, result.outcome === 'played' ? result.toMs : machine.fromMs)
    noteForOwner(step, ownerId, prompt, result, atMs)
  }
}

function noteForOwner(step: Step, ownerId: string, prompt: OpenPrompt, result: Outcome, atMs: number): void {
  const recording = owner(step, ownerId).recordings.at(-1)
  // The stop announcement belongs to the recording it ends; what is asked for later does not.
  if (recording === undefined || (recording.endedMs !== null && prompt.atMs > recording.endedMs)) return
  const [fromMs, toMs] = result.outcome === 'played' ? [result.fromMs, result.toMs] : [prompt.atMs, atMs]
  mark(step, ownerId, fromMs, { kind: 'prompt', prompt: prompt.prompt, outcome: result.outcome, fromMs, toMs })
  if (result.outcome !== 'played') return
  const { totals } = recording
  const counted = prompt.prompt === 'tone' ? { tones: totals.tones + 1 } : { prompts: totals.prompts + 1 }
  patchRecording(step, ownerId, recording.recordingId, { totals: { ...totals, ...counted } })
}

export function gateClosed(step: Step, sequence: number, atMs: number): void {
  const { gate } = step.state
  // An answer to an older command says nothing about the newest.
  if (sequence !== gate.sequence || gate.state !== 'closing') return
  patch(step, { gate: { ...gate, state: 'shut', waiting: [] } })
  tellWaiting(step, gate.waiting, atMs)
}

export function gateOpened(step: Step, sequence: number, atMs: number): void {
  const { gate } = step.state
  if (sequence !== gate.sequence || gate.state !== 'opening') return
  patch(step, { gate: { ...gate, state: 'open' } })
  captureWaiting(step, atMs)
}

/** A gate that is not answered is taken as done: ours is shut anyway, and waiting for ever to open would lose the call. */
export function gateOverdue(step: Step, nowMs: number): void {
  const { gate } = step.state
  if ((gate.state !== 'closing' && gate.state !== 'opening') || nowMs < gate.deadlineMs) return
  for (const ownerId of ownerIds(step)) mark(step, ownerId, gate.askedMs, { kind: 'gate-unanswered' })
  if (gate.state === 'closing') gateClosed(step, gate.sequence, nowMs)
  else {
    patch(step, { gate: { ...gate, state: 'open' } })
    captureWaiting(step, gate.askedMs)
  }
}

function captureWaiting(step: Step, atMs: number): void {
  for (const ownerId of ownerIds(step)) {
    const { machine } = owner(step, ownerId)
    if (machine.kind === 'announcing' && machine.stage === 'gate') capture(step, ownerId, { ...machine, fromMs: Math.max(machine.fromMs, atMs) })
  }
}
