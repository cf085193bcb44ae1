import type { PromptKind } from '@twinreel/contracts/call-commands'
import { MAX_OPEN_PROMPTS, PROMPT_DEADLINE_MS, type OpenPrompt } from './state.ts'
import { nextNumber, patch, type Step } from './step.ts'

/**
 * Asks the platform to play a prompt; an obligation until it is answered or overdue. Returns its id, or `null` when nothing is to be
 * played: the platform plays none, the call is an emergency call, or far too many are being played already.
 */
export function play(step: Step, prompt: PromptKind, atMs: number, expiresAtMs: number | null = null): string | null {
  return step.state.prompts.length < MAX_OPEN_PROMPTS ? ask(step, prompt, atMs, expiresAtMs) : null
}

function ask(step: Step, prompt: PromptKind, atMs: number, expiresAtMs: number | null): string | null {
  if (step.state.capabilities.prompts === 'none' || step.state.callType === 'emergency') return null
  const promptId = `${step.state.callId}/p${nextNumber(step)}`
  const open: OpenPrompt = { promptId, prompt, atMs, expiresAtMs, deadlineMs: Math.max(expiresAtMs ?? atMs, step.state.clockMs) + PROMPT_DEADLINE_MS }
  patch(step, { prompts: [...step.state.prompts, open] })
  step.effects.push({ kind: 'command', id: promptId, command: playCommand(open) })
  return promptId
}

export function playCommand(prompt: OpenPrompt): { type: 'prompt.play'; data: { promptId: string; prompt: PromptKind; atMs: number; expiresAtMs?: number } } {
  const { promptId, atMs, expiresAtMs } = prompt
  return { type: 'prompt.play', data: { promptId, prompt: prompt.prompt, atMs, ...(expiresAtMs === null ? {} : { expiresAtMs }) } }
}

/** An announcement that several owners want at once is played once for the call. */
export function playShared(step: Step, prompt: PromptKind, atMs: number): string | null {
  return step.state.prompts.find((open) => open.prompt === prompt)?.promptId ?? ask(step, prompt, atMs, null)
}
