import { chownSync, existsSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { psql } from './psql.ts'
import { runTool } from './run-tool.ts'
import type { ServerSpec } from './server-spec.ts'
import { findTool } from './tools.ts'
import { unprivilegedUser } from './unprivileged-user.ts'

export const SUPERUSER = 'postgres'

/** The system's PostgreSQL, with a cluster of its own. It refuses to run as root. */
export const postgres: ServerSpec = {
  kind: 'postgres',
  title: 'PostgreSQL',
  defaultPorts: [25_432],
  user: unprivilegedUser,
  installed: programFolder,
  buildTools: [],
  runTools: ['postgres'],
  async install() {
    const folder = await programFolder()
    if (folder === null) throw new Error('PostgreSQL comes from the system')
    return folder
  },
  async prepare({ programs, directory, secret }) {
    const user = await unprivilegedUser()
    const [data, unfinished, password] = ['data', 'data.unfinished', 'password'].map((name) => join(directory, name)) as [string, string, string]
    if (user !== null) chownSync(directory, user.uid, user.gid)
    if (existsSync(data)) return
    rmSync(unfinished, { recursive: true, force: true })
    writeFileSync(password, secret, { mode: 0o600 })
    if (user !== null) chownSync(password, user.uid, user.gid)
    try {
      const args = ['--pgdata', unfinished, '--username', SUPERUSER, '--pwfile', password, '--auth', 'scram-sha-256', '--encoding', 'UTF8', '--locale', 'C']
      await runTool(join(programs, 'initdb'), args, { cwd: directory, user })
    } finally {
      rmSync(password)
    }
    renameSync(unfinished, data)
  },
  async program({ programs, directory, ports }) {
    const settings = { listen_addresses: '127.0.0.1', unix_socket_directories: '', max_connections: '200', shared_buffers: '64MB' }
    return {
      command: join(programs, 'postgres'),
      args: ['-D', join(directory, 'data'), '-p', String(ports[0]), ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
      env: {},
      user: await unprivilegedUser(),
    }
  },
  // Fast shutdown: SIGTERM would wait until the last client is gone.
  logName: 'server.log',
  stopSignal: 'SIGINT',
  async probe(place) {
    await psql(place, 'postgres', 'select 1;')
  },
}

async function programFolder(): Promise<string | null> {
  const found = await findTool('postgres')
  return 'path' in found ? dirname(realpathSync(found.path)) : null
}
