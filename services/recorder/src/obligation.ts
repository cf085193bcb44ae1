import type { CallCommand } from '@twinreel/contracts/call-commands'

/** Commands that a state still owes are taken from it at the end of a silent fold, not from the messages that caused them. */
export function isObligation(command: CallCommand): boolean {
  return command.type === 'prompt.play' || command.type === 'gate.close' || command.type === 'gate.open' || command.type === 'indicator.update'
}
