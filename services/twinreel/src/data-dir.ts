import { resolve } from 'node:path'

/** The embedded engines' directory: what was asked for, else `TWINREEL_DATA`, else `./data`. */
export function dataDirOf(given: string | undefined, env: Readonly<Record<string, string | undefined>>): string {
  const fromEnv = env['TWINREEL_DATA']
  return resolve(given ?? (fromEnv === undefined || fromEnv === '' ? 'data' : fromEnv))
}
