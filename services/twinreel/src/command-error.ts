import { EXIT, type ExitCode } from './exit-codes.ts'

/** A command can't do what it was asked: what is wrong and where, and what to do next. */
export class CommandError extends Error {
  readonly exitCode: ExitCode
  readonly next: string | null
  constructor(exitCode: ExitCode, message: string, next: string | null = null, cause?: unknown) {
    super(message, { cause })
    this.name = 'CommandError'
    this.exitCode = exitCode
    this.next = next
  }
}

export function usageError(message: string, next: string | null = null): CommandError {
  return new CommandError(EXIT.usage, message, next)
}

export function checkFailed(message: string, next: string | null = null): CommandError {
  return new CommandError(EXIT.checkFailed, message, next)
}

export function engineError(message: string, next: string | null = null, cause?: unknown): CommandError {
  return new CommandError(EXIT.engine, message, next, cause)
}
