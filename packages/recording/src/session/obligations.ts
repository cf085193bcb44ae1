import type { CallCommand } from '@twinreel/contracts/call-commands'
import { gateCommand, gateCommandId } from './gate.ts'
import { playCommand } from './prompt-queue.ts'
import { GATE_DEADLINE_MS, TRAIL_MS, SILENT_CLOSE_FACTOR, type CallState } from './state.ts'
import { idleEndMs } from './ending.ts'

/** What the recorder still owes the platform, with the ids it was first asked under, so that a repeat is known as one. */
export function openObligations(state: CallState): readonly { id: string; command: CallCommand }[] {
  if (state.phase !== 'answered') return []
  const prompts = state.prompts.map((prompt) => ({ id: prompt.promptId, command: playCommand(prompt) }))
  const gate = state.gate.state === 'closing' || state.gate.state === 'opening' ? [{ id: gateCommandId(state), command: gateCommand(state.gate) }] : []
  const icons = state.capabilities.indicator
    ? Object.values(state.owners).map(({ ownerId, participantIds, indicator, sinceMs }) => ({
        id: `${state.callId}/i/${ownerId}/${sinceMs}`,
        command: { type: 'indicator.update' as const, data: { userId: ownerId, participantIds: [...participantIds], indicator, atMs: sinceMs } },
      }))
    : []
  return [...gate, ...prompts, ...icons]
}

/** How long the call must have said nothing until a `timer.due` is owed; `null` when nothing waits for time. */
export function timerAfterMs(state: CallState): number | null {
  switch (state.phase) {
    case 'answered': {
      const gateMs = state.gate.state === 'closing' || state.gate.state === 'opening' ? [state.gate.askedMs + GATE_DEADLINE_MS - state.clockMs] : []
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
