import type { PromptKind } from '@twinreel/contracts/call-commands'
import { play } from './prompt-queue.ts'
import { GATE_DEADLINE_MS, type CallState, type GateState, type OwnerMachine } from './state.ts'
import { indicate, nextNumber, owner, patch, reference, type Step } from './step.ts'

/** The publisher's gate is shut only while somebody has paused and no recording of the call may take audio. */
function wantsShut(state: CallState): boolean {
  const machines = Object.values(state.owners).map((current) => current.machine)
  return machines.some(blocks) && !machines.some(wantsAudio)
}

/** A start that is being announced wants the gate open already, so that capture can begin where the announcement ends. */
function wantsAudio(machine: OwnerMachine): boolean {
  if (machine.kind === 'recording') return true
  return machine.kind === 'announcing' && (machine.stage === 'gate' || (machine.before === 'start' && !machine.pauseAfter))
}

/** A resume whose prompt has been heard waits for the gate, and wants audio more than it blocks. */
function blocks(machine: OwnerMachine): boolean {
  return machine.kind === 'paused' || (machine.kind === 'announcing' && machine.before === 'resume')
}

/** Asks for the gate to be shut or opened if what the owners want has changed. */
export function reconcileGate(step: Step, atMs: number): void {
  // Nobody is there to ask in a silent call; when it goes on it is looked at again.
  if (!step.state.capabilities.gate || step.state.phase === 'silent') return
  const { gate } = step.state
  const isShutOrSo = gate.state === 'shut' || gate.state === 'closing'
  if (wantsShut(step.state) === isShutOrSo) return
  // Asked for late, it has as long as any other to be answered.
  const deadlineMs = Math.max(atMs, step.state.clockMs) + GATE_DEADLINE_MS
  patch(step, { gate: { state: isShutOrSo ? 'opening' : 'closing', sequence: gate.sequence + 1, askedMs: atMs, deadlineMs, waiting: [] } })
  step.effects.push({ kind: 'command', id: gateCommandId(step.state), command: gateCommand(step.state.gate) })
  // Whoever has paused is told so all the same: it is somebody else's recording that keeps the gate open.
  tellWaiting(step, gate.waiting, atMs)
}

/** The same for every repeat of the command, so that a repeat is known as one. */
export function gateCommandId(state: CallState): string {
  return `${state.callId}/g${state.gate.sequence}`
}

export function gateCommand(gate: GateState): { type: 'gate.close' | 'gate.open'; data: { sequence: number; atMs: number } } {
  return { type: gate.state === 'closing' ? 'gate.close' : 'gate.open', data: { sequence: gate.sequence, atMs: gate.askedMs } }
}

/** Sees to it that audio flows again; `true` when it does already. */
export function openGateFor(step: Step, atMs: number): boolean {
  reconcileGate(step, atMs)
  return step.state.gate.state === 'open'
}

/** A pause is told, by lifecycle event, icon and prompt, only when nothing more can be overheard: at once when the gate is not to be shut, else when it is. */
export function tellWhenShut(step: Step, ownerId: string, prompt: PromptKind | null, atMs: number): void {
  const told = { ownerId, prompt }
  if (step.state.gate.state === 'closing') patch(step, { gate: { ...step.state.gate, waiting: [...othersWaiting(step, ownerId), told] } })
  else tellWaiting(step, [told], atMs)
}

/** The owner is not paused any more: to say so would be untrue. */
export function forgetWaiting(step: Step, ownerId: string): void {
  patch(step, { gate: { ...step.state.gate, waiting: othersWaiting(step, ownerId) } })
}

function othersWaiting(step: Step, ownerId: string): GateState['waiting'] {
  return step.state.gate.waiting.filter((waiting) => waiting.ownerId !== ownerId)
}

/** Prompts are heard by the whole call: what several owners wait for is played once. */
export function tellWaiting(step: Step, waiting: GateState['waiting'], atMs: number): void {
  for (const { ownerId } of waiting) sayPaused(step, ownerId, atMs)
  for (const prompt of new Set(waiting.map((one) => one.prompt))) if (prompt !== null) play(step, prompt, atMs)
}

/** Says once that this owner's recording is paused, if it is; the icon remembers that it was said. */
function sayPaused(step: Step, ownerId: string, atMs: number): void {
  const { machine, icon, ...current } = owner(step, ownerId)
  const recording = current.recordings.at(-1)
  if (machine.kind !== 'paused' || recording === undefined || icon.indicator === 'paused') return
  step.effects.push({ kind: 'recording.paused', atMs: machine.sinceMs, number: nextNumber(step), ...reference(step, ownerId, recording.recordingId) })
  indicate(step, ownerId, 'paused', atMs)
}
