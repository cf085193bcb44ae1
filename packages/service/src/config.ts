import { readFileSync } from 'node:fs'
import type { Variable, Variables, Values } from './variables.ts'

export type Environment = Readonly<Record<string, string | undefined>>

/** Everything that is wrong with a configuration, one line per variable; never a value, since some are secrets. */
export class ConfigError extends Error {
  readonly faults: readonly string[]
  constructor(faults: readonly string[]) {
    super(`configuration is not valid:\n${faults.map((fault) => `  ${fault}`).join('\n')}`)
    this.name = 'ConfigError'
    this.faults = faults
  }
}

/** Collects what is wrong instead of stopping at the first: whoever mends a configuration wants to know all of it. */
export interface EnvironmentReader {
  /** The values of these variables. Of a faulty one there is none: use them after `finish`. */
  read<V extends Variables>(variables: V): Values<V>
  /** Whether the variable, or for a secret its file, is given. An empty one counts as not given. */
  isSet(name: string): boolean
  /** Something that no variable says of itself. `problem` must hold no value. */
  fault(name: string, problem: string): void
  /** Throws `ConfigError` with all faults, if there are any. */
  finish(): void
}

/** A certificate chain is some kilobytes, a system's bundle a quarter of a megabyte. */
const MAX_FILE_BYTES = 1024 * 1024

export function environmentReader(env: Environment): EnvironmentReader {
  const faults: string[] = []
  const given = (name: string): string | null => {
    const value = env[name]
    return value === undefined || value === '' ? null : value
  }

  function textOf(name: string, variable: Variable<unknown>): { text: string | null } | null {
    const [direct, path] = [given(name), variable.isSecret ? given(`${name}_FILE`) : null]
    if (direct !== null && path !== null) return refuse(name, `is given, and so is ${name}_FILE; give one of them`)
    if (path !== null) return contents(`${name}_FILE`, path)
    if (variable.isFile && direct !== null) return contents(name, direct)
    return { text: direct ?? variable.fallback }
  }

  function contents(name: string, path: string): { text: string } | null {
    try {
      const bytes = readFileSync(path)
      if (bytes.length > MAX_FILE_BYTES) return refuse(name, `names a file of more than ${MAX_FILE_BYTES} bytes`)
      // Who writes a secret with an editor ends it with a line feed.
      const text = bytes.toString('utf8').replace(/\r?\n$/, '')
      return text === '' ? refuse(name, 'names an empty file') : { text }
    } catch (error) {
      // Not the path: it may be the secret itself, put into the wrong variable.
      return refuse(name, `names a file that can’t be read${error instanceof Error && 'code' in error ? ` (${String(error.code)})` : ''}`)
    }
  }

  function refuse(name: string, problem: string): null {
    faults.push(`${name}: ${problem}`)
    return null
  }

  function readOne(name: string, variable: Variable<unknown>): unknown {
    const found = textOf(name, variable)
    if (found === null) return null
    if (found.text === null && variable.isOptional) return null
    if (found.text === null) return refuse(name, `is missing; it must be ${variable.values}`)
    const result = variable.schema.safeParse(found.text)
    return result.success ? result.data : refuse(name, `must be ${variable.values}`)
  }

  return {
    read: <V extends Variables>(variables: V) =>
      Object.fromEntries(Object.entries(variables).map(([name, variable]) => [name, readOne(name, variable)])) as Values<V>,
    isSet: (name) => given(name) !== null || given(`${name}_FILE`) !== null,
    fault: (name, problem) => void refuse(name, problem),
    finish() {
      if (faults.length > 0) throw new ConfigError(faults)
    },
  }
}
