import type { z } from 'zod'

/** Everything that is wrong with a configuration, one line per variable; never a value, since some are secrets. */
export class ConfigError extends Error {
  readonly faults: readonly string[]
  constructor(faults: readonly string[]) {
    super(`configuration is not valid:\n${faults.map((fault) => `  ${fault}`).join('\n')}`)
    this.name = 'ConfigError'
    this.faults = faults
  }
}

export type Environment = Readonly<Record<string, string | undefined>>

/**
 * Reads the variables that `schema` names. An empty variable counts as not set, so that a default applies. Throws `ConfigError` with
 * all faults at once.
 */
export function readConfig<S extends z.ZodObject>(schema: S, env: Environment): z.output<S> {
  const given: Record<string, string> = {}
  for (const name of Object.keys(schema.shape)) {
    const value = env[name]
    if (value !== undefined && value !== '') given[name] = value
  }
  const result = schema.safeParse(given)
  if (result.success) return result.data
  throw new ConfigError(result.error.issues.map((issue) => describe(issue, given)))
}

function describe(issue: z.core.$ZodIssue, given: Readonly<Record<string, string>>): string {
  const name = String(issue.path[0] ?? 'configuration')
  const value = given[name]
  if (value === undefined) return `${name}: is missing`
  // A schema's own message may quote what it was given.
  return `${name}: ${value.length > 2 ? issue.message.replaceAll(value, '…') : issue.message}`
}
