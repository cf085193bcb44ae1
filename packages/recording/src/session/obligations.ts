import type { CallCommand } from '@twinreel/contracts/call-commands'
import { gateCommand, gateCommandId } from './gate.ts'
import { playCommand } from './prompt-queue.ts'
import { idleEndMs } from './ending.ts'
import { SILENT_CLOSE_FACTOR, TRAIL_MS, type CallState } from './state.ts'
import { iconCommand } from './step.ts'

/** What the recorder still owes the platform, with the ids it was first asked under, so that a repeat is known as one. */
export function openObligations(state: CallState): readonly { id: string; command: CallCommand }[] {
  if (state.phase !== 'answered') return []
  const prompts = state.prompts.map((prompt) => ({ id: prompt.promptId, command: playCommand(prompt) }))
  const gate = state.gate.state === 'closing' || state.gate.state === 'opening' ? [{ id: gateCommandId(state), command: gateCommand(state.gate) }] : []
  const icons = state.capabilities.indicator
    ? Object.values(state.owners).flatMap((current) => (current.icon.number === 0 ? [] : [iconCommand(state, current)]))
    : []
  return [...gate, ...prompts, ...icons]
}

/** How long the call must have said nothing until a `timer.due` is owed; `null` when nothing waits for time. */
export function timerAfterMs(state: CallState): number | null {
  switch (state.phase) {
    case 'answered': {
      const gateMs = state.gate.state === 'closing' || state.gate.state === 'opening' ? [state.gate.deadlineMs - state.clockMs] : []
      const waits = [...state.prompts.map((prompt) => prompt.deadlineMs - state.clockMs), ...gateMs, idleEndMs(state)]
      return Math.max(0, Math.min(...waits))
    }
    case 'ending':
      return TRAIL_MS
    case 'started':
    case 'silent':
      return idleEndMs(state) * SILENT_CLOSE_FACTOR
    case 'closed':
      return null
  }
}
