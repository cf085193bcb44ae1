import type { Environment } from '@twinreel/service/config'
import type { Configuration } from './environment/read-environment.ts'

/** The configuration of the environment, in which what the command line says goes before. Throws `ConfigError` with every fault at once. */
export async function configurationOf(given: { data: string | undefined; engine: 'embedded' | 'kafka' | undefined }, env: Environment): Promise<Configuration> {
  // Help and usage errors must not wait for it.
  const { readEnvironment } = await import('./environment/read-environment.ts')
  return readEnvironment({
    ...env,
    ...(given.data === undefined ? {} : { TWINREEL_DATA: given.data }),
    ...(given.engine === undefined ? {} : { TWINREEL_ENGINE: given.engine }),
  })
}
