import { join } from 'node:path'
import { runTool } from './run-tool.ts'
import type { ServerPlace } from './server-spec.ts'

/** Runs SQL as the superuser; answers the rows' values, a line each. SQL goes through stdin: arguments can be read by everybody on the machine. */
export async function psql({ programs, ports, secret }: ServerPlace, database: string, sql: string): Promise<string> {
  const args = ['--no-psqlrc', '--quiet', '--tuples-only', '--no-align', '--set', 'ON_ERROR_STOP=1', '--file', '-']
  const where = { PGHOST: '127.0.0.1', PGPORT: String(ports[0]), PGUSER: 'postgres', PGDATABASE: database }
  return await runTool(join(programs, 'psql'), args, { stdin: sql, env: { ...where, PGPASSWORD: secret, PGCONNECT_TIMEOUT: '5', PGSSLMODE: 'disable' } })
}
