import type { PromptKind } from '@twinreel/contracts/call-commands'
import { play } from './prompt-queue.ts'
import type { CallState, GateState, OwnerMachine } from './state.ts'
import { patch, type Step } from './step.ts'

/** The publisher's gate is shut only while somebody has paused and no recording of the call may take audio. */
function wantsShut(state: CallState): boolean {
  const machines = Object.values(state.owners).map((current) => current.machine)
  return machines.some(blocks) && !machines.some(wantsAudio)
}

function wantsAudio(machine: OwnerMachine): boolean {
  return machine.kind === 'recording' || (machine.kind === 'announcing' && (machine.before === 'start' || machine.stage === 'gate'))
}

function blocks(machine: OwnerMachine): boolean {
  return machine.kind === 'paused' || (machine.kind === 'announcing' && machine.before === 'resume' && machine.stage === 'prompt')
}

/** Asks for the gate to be shut or opened if what the owners want has changed. */
export function reconcileGate(step: Step, atMs: number): void {
  if (!step.state.capabilities.gate) return
  const { gate } = step.state
  const shutOrSo = gate.state === 'shut' || gate.state === 'closing'
  if (wantsShut(step.state) === shutOrSo) return
  ask(step, shutOrSo ? 'opening' : 'closing', atMs)
}

function ask(step: Step, state: 'opening' | 'closing', askedMs: number): void {
  const sequence = step.state.gate.sequence + 1
  // Prompts that waited for a gate that is to be opened after all are no longer true.
  patch(step, { gate: { state, sequence, askedMs, waiting: state === 'opening' ? [] : step.state.gate.waiting } })
  step.effects.push({ kind: 'command', id: gateCommandId(step.state), command: gateCommand(step.state.gate) })
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

/** A pause is told only when nothing more can be overheard: at once when the gate is not to be shut, else when it is. */
export function playWhenShut(step: Step, prompt: PromptKind, atMs: number): void {
  if (step.state.gate.state === 'closing') patch(step, { gate: { ...step.state.gate, waiting: [...step.state.gate.waiting, prompt].slice(-8) } })
  else play(step, prompt, atMs)
}
