import { userInfo } from 'node:os'
import type { Command } from 'commander'
import { line } from './option-values.ts'

export interface BecauseOptions {
  reason?: string
  actor?: string
}

const REASON = ['--reason <text>', 'why, for the history', line('reason')] as const
const ACTOR = ['--actor <name>', 'who, for the history (default: the operating system’s user)', line('actor')] as const

/** Who asks and why stands in the history of what changes. */
export function addBecauseOptions(command: Command): Command {
  return command.option(...REASON).option(...ACTOR)
}

/** The same where nobody should have to guess later why. */
export function addReasonOptions(command: Command): Command {
  return command.requiredOption(...REASON).option(...ACTOR)
}

export function becauseOf({ reason, actor }: BecauseOptions): { reason: string; actor: string } {
  return { reason: reason ?? 'changed from the command line', actor: actor ?? systemUser() }
}

function systemUser(): string {
  try {
    return userInfo().username
  } catch {
    // A container may run as a user without a name.
    return 'command line'
  }
}
