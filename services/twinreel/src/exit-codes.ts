/** How a command ends. */
export const EXIT = {
  done: 0,
  /** The thing checked does not hold, or is not in a state for what was asked. */
  checkFailed: 1,
  /** Wrong usage or configuration; nothing was begun, or the message says what was. */
  usage: 2,
  /** An engine is unreachable or damaged. */
  engine: 3,
} as const
export type ExitCode = (typeof EXIT)[keyof typeof EXIT]
