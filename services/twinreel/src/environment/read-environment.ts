import { environmentReader, type Environment } from '@twinreel/service/config'
import { readEngine, type EngineSettings } from './engine.ts'
import { nearest } from '@twinreel/service/nearest'
import { readProcesses, type ProcessSettings } from './processes.ts'
import { SECTIONS } from './sections.ts'
import { readMediaKeys, type MediaKeySettings } from './media-keys.ts'
import { readSigning, type SigningSettings } from './signing.ts'

export type Configuration = EngineSettings & ProcessSettings & SigningSettings & MediaKeySettings

const PREFIX = 'TWINREEL_'
/** Where test suites find their servers. */
const TESTS = 'TWINREEL_TEST_'
const DEFAULT_PORT = 9_464

/**
 * The configuration that the environment asks for. Throws `ConfigError` with every fault at once: values that can't be, values that don't
 * go together, what is missing, and variables of ours that nobody knows. Reads files that variables name, and nothing else.
 */
export function readEnvironment(env: Environment): Configuration {
  const reader = environmentReader(env)
  const engine = readEngine(reader)
  const processes = readProcesses(reader)
  const signing = readSigning(reader)
  const mediaKeys = readMediaKeys(reader)
  const known = SECTIONS.flatMap(({ variables }) => Object.entries(variables).flatMap(([name, { isSecret }]) => (isSecret ? [name, `${name}_FILE`] : [name])))
  for (const name of Object.keys(env)) {
    if (!name.startsWith(PREFIX) || name.startsWith(TESTS) || known.includes(name)) continue
    const near = nearest(name, known)
    reader.fault(name, `is not known${near === null ? '' : `; ${near} was probably meant`}`)
  }
  reader.finish()
  return { ...engine(), ...processes(), ...signing(), ...mediaKeys() }
}

/** The port on which a process tells of itself, `null` for none. `serve` does so only when it is asked to. */
export function httpPortOf({ http }: Pick<Configuration, 'http'>, process: 'serve' | 'separate'): number | null {
  const port = http.port ?? (process === 'serve' ? 0 : DEFAULT_PORT)
  return port === 0 ? null : port
}
