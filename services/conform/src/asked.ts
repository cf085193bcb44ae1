import { bounded, type Answer, type Asked, type CallWatch } from './call-watch.ts'

export const PROMPT_WITHIN_MS = 15_000
export const GATE_WITHIN_MS = 5_000
const MAX_REMEMBERED = 1_024

interface Command {
  /** What it says; of a prompt that expires, when it does. */
  readonly atMs: number
  readonly appendedMs: number | null
  readonly position: string
}

/** Remembers a command; one that is repeated has been given before. */
export function ask<K>(call: CallWatch, among: Map<K, Asked>, name: K, { atMs, appendedMs, position }: Command): void {
  if (among.has(name)) return
  const isBehind = appendedMs === null || call.lastAppendedMs === null ? call.phase === 'ended' : appendedMs < call.lastAppendedMs
  const asked: Asked = { sinceMs: atMs, appendedMs, position, isBehind }
  among.set(name, asked)
  bounded(among, MAX_REMEMBERED)
  if (isBehind) return
  if (appendedMs === null) asked.sinceMs = Math.max(atMs, cameTo(call))
  // What was appended before it may not have been read yet.
  else call.early.push(asked)
  if (call.early.length > 2 * MAX_REMEMBERED) call.early.shift()
}

/** The call goes on with a message of this time: it had come so far when commands before it were given. */
export function comeTo(call: CallWatch, appendedMs: number): void {
  const later = call.early.findIndex((asked) => (asked.appendedMs ?? 0) >= appendedMs)
  for (const asked of call.early.splice(0, later === -1 ? Infinity : later)) asked.sinceMs = Math.max(asked.sinceMs, cameTo(call))
}

/** No more is read: what was asked last may still be answered, but for a call that is over. Of one that was written down at once every command comes behind its end. */
export function comeToEnd(call: CallWatch): void {
  if (call.phase !== 'ended') comeTo(call, Infinity)
}

/** How long a command has waited for its answer, or for none until now. */
export function waitedMs(call: CallWatch, { sinceMs, appendedMs, isBehind }: Asked, answer: Answer | undefined): number {
  const byCall = (answer?.atMs ?? cameTo(call)) - sinceMs
  if (!isBehind || answer === undefined || answer.appendedMs === null || appendedMs === null) return byCall
  return Math.min(byCall, answer.appendedMs - appendedMs)
}

/** Whether a timer at `atMs` may be there for a command that nobody has answered; those that the last one was for are waited for no longer. */
export function isOverdue(call: CallWatch, atMs: number): boolean {
  const answeredTo = Math.max(-1, ...call.gatesAnswered.keys())
  const prompts = [...call.prompts].flatMap(([promptId, { sinceMs }]) => (call.finished.has(promptId) ? [] : [sinceMs + PROMPT_WITHIN_MS]))
  const gates = [...call.gates].flatMap(([sequence, { sinceMs }]) => (sequence <= answeredTo ? [] : [sinceMs + GATE_WITHIN_MS]))
  return [...prompts, ...gates].some((deadlineMs) => deadlineMs > call.lastTimerMs && deadlineMs <= atMs)
}

/** How far the call has come, audio and events. */
export function cameTo({ clockMs, lastAtMs }: CallWatch): number {
  return Math.max(clockMs, lastAtMs)
}
