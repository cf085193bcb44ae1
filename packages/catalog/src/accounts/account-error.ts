import type { z } from 'zod'

export type AccountErrorCode =
  | 'invalid-input'
  | 'invalid-settings'
  | 'unknown-org'
  | 'org-disabled'
  | 'namespace-fixed'
  | 'unknown-user'
  | 'other-org'
  | 'no-licence'
  | 'not-switched-on'
  | 'no-account'
  | 'identity-taken'
  | 'unknown-recording'
  | 'clock-behind'

/** An administrator asked for something that can't be done; the message says what and, for a bad value, in which field. */
export class AccountError extends Error {
  readonly code: AccountErrorCode
  readonly field: string | null
  constructor(code: AccountErrorCode, message: string, field: string | null = null) {
    super(message)
    this.name = 'AccountError'
    this.code = code
    this.field = field
  }
}

/** What would happen is not what was confirmed: nothing was changed. */
export class ConfirmationError extends Error {
  readonly confirmed: number
  readonly actual: number
  constructor(what: string, confirmed: number, actual: number) {
    super(`${what}: ${actual} now, not ${confirmed} as confirmed; nothing was changed`)
    this.name = 'ConfirmationError'
    this.confirmed = confirmed
    this.actual = actual
  }
}

/** The schema's output, or an `AccountError` that names the first wrong field and says all of them. */
export function checked<S extends z.ZodType>(schema: S, input: unknown, code: AccountErrorCode, name: string): z.output<S> {
  const result = schema.safeParse(input)
  if (result.success) return result.data
  const faults = result.error.issues.map((issue) => ({ field: [name, ...issue.path.map(String)].join('.'), message: issue.message }))
  throw new AccountError(code, faults.map((fault) => `${fault.field}: ${fault.message}`).join('; '), faults[0]?.field ?? name)
}
