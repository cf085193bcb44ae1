import type { CallCommand } from '@twinreel/contracts/call-commands'
import type { Effect, RecordingRef } from '../effects.ts'
import type { Mark } from '../facts.ts'
import { find } from './lookup.ts'
import { MAX_MARKS, type CallState, type IconState, type OwnerState, type RecordingState } from './state.ts'

/** One fold under way: the state so far and what it asks for. States are replaced, never changed; only this slip of paper is. */
export interface Step {
  state: CallState
  effects: Effect[]
  /** Which runs of a media message a recorder should keep, by the track they belong to. */
  placed: { runIndex: number; trackId: string }[]
}

/** Every message passes here several times, and most of what it says has not changed. */
export function patch(step: Step, change: Partial<CallState>): void {
  const { state } = step
  if (Object.keys(change).some((key) => state[key as keyof CallState] !== change[key as keyof CallState])) step.state = { ...state, ...change }
}

export function owner(step: Step, ownerId: string): OwnerState {
  const found = find(step.state.owners, ownerId)
  if (found === undefined) throw new Error(`owner ${ownerId} is not in call ${step.state.callId}`)
  return found
}

export function patchOwner(step: Step, ownerId: string, change: Partial<OwnerState>): void {
  patch(step, { owners: { ...step.state.owners, [ownerId]: { ...owner(step, ownerId), ...change } } })
}

/** Changes one of the owner's recordings, wherever it stands in the list. */
export function patchRecording(step: Step, ownerId: string, recordingId: string, change: Partial<RecordingState>): void {
  patchOwner(step, ownerId, { recordings: owner(step, ownerId).recordings.map((r) => (r.recordingId === recordingId ? { ...r, ...change } : r)) })
}

export function nextNumber(step: Step): number {
  patch(step, { number: step.state.number + 1 })
  return step.state.number
}

export function send(step: Step, command: CallCommand): void {
  step.effects.push({ kind: 'command', id: `${step.state.callId}/${nextNumber(step)}`, command })
}

/** Writes down in the owner's recording that something happened; one that has ended takes only its end and prompts that were still playing. */
export function mark(step: Step, ownerId: string, atMs: number, what: Mark['what']): number {
  const number = nextNumber(step)
  const recording = owner(step, ownerId).recordings.at(-1)
  if (recording === undefined) return number
  const isOpen = recording.endedMs === null || what.kind === 'prompt' || what.kind === 'ended'
  const hasRoom = recording.marks.length < MAX_MARKS || what.kind === 'ended'
  if (isOpen && hasRoom) patchRecording(step, ownerId, recording.recordingId, { marks: [...recording.marks, { number, atMs, what }] })
  return number
}

export function reference(step: Step, ownerId: string, recordingId: string): RecordingRef {
  return { recordingId, orgId: step.state.orgId, ownerId }
}

/** Owners in the order they came in: what is decided for several is decided in the same order in every fold. */
export function ownerIds(step: Step): readonly string[] {
  return Object.keys(step.state.owners)
}

/** Tells the owner's phone, when the platform can, and only when it changes. */
export function indicate(step: Step, ownerId: string, indicator: IconState['indicator'], atMs: number): void {
  if (owner(step, ownerId).icon.indicator !== indicator) showIcon(step, ownerId, indicator, atMs)
}

/** Tells the owner's phones, every one in the call, what to show. */
export function showIcon(step: Step, ownerId: string, indicator: IconState['indicator'], atMs: number): void {
  patchOwner(step, ownerId, { icon: { indicator, number: nextNumber(step), atMs } })
  if (step.state.capabilities.indicator) step.effects.push({ kind: 'command', ...iconCommand(step.state, owner(step, ownerId)) })
}

/** The same for every repeat of the command, so that a repeat is known as one. */
export function iconCommand(state: CallState, { ownerId, participantIds, icon }: OwnerState): { id: string; command: CallCommand } {
  return {
    id: `${state.callId}/i${icon.number}`,
    command: { type: 'indicator.update', data: { userId: ownerId, participantIds: [...participantIds], indicator: icon.indicator, atMs: icon.atMs } },
  }
}
