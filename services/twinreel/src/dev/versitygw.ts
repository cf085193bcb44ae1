import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { engineError } from '../command-error.ts'
import { cached, cacheEntry } from './cache.ts'
import { infraFile } from './infra-file.ts'
import { runTool } from './run-tool.ts'
import { S3_ACCESS_KEY, probeS3 } from './s3-probe.ts'
import type { ServerSpec } from './server-spec.ts'
import { toolPath } from './tools.ts'

const lock = JSON.parse(infraFile('versitygw.lock.json')) as { name: string; version: string; module: string; package: string; sum: string }
const ENTRY = `versitygw-${lock.version}`

/** Versity S3 Gateway over a directory, with versions. */
export const versitygw: ServerSpec = {
  kind: 's3',
  title: `${lock.name} ${lock.version}`,
  defaultPorts: [27_070],
  user: () => Promise.resolve(null),
  installed: (cache) => Promise.resolve(cached(cache, ENTRY)),
  buildTools: ['go'],
  runTools: [],
  install: (cache, onWait) => cacheEntry(cache, ENTRY, build, onWait),
  prepare({ directory }) {
    for (const name of ['objects', 'versions', 'iam']) mkdirSync(join(directory, name), { recursive: true })
    return Promise.resolve()
  },
  program({ programs, directory, ports, secret }) {
    return Promise.resolve({
      command: join(programs, 'versitygw'),
      // Without --keep-alive it closes every connection after one request.
      args: [
        '--port',
        `127.0.0.1:${ports[0]}`,
        '--keep-alive',
        '--quiet',
        // Users besides the root, to whom bucket policies apply.
        '--iam-dir',
        join(directory, 'iam'),
        'posix',
        '--versioning-dir',
        join(directory, 'versions'),
        join(directory, 'objects'),
      ],
      env: { ROOT_ACCESS_KEY: S3_ACCESS_KEY, ROOT_SECRET_KEY: secret, GOMEMLIMIT: '256MiB' },
      user: null,
    })
  },
  logName: 'server.log',
  stopSignal: 'SIGTERM',
  probe: probeS3,
}

/** Go's checksum database vouches for every module it downloads; the binary then tells which ones are in it. */
async function build(directory: string): Promise<void> {
  const go = await toolPath('go')
  await runTool(go, ['install', '-trimpath', `${lock.package}@v${lock.version}`], { cwd: directory, env: { GOBIN: directory, CGO_ENABLED: '0' } })
  const modules = await runTool(go, ['version', '-m', join(directory, 'versitygw')])
  const built = /^\s*mod\s+(\S+)\s+v(\S+)\s+(\S+)$/m.exec(modules)
  if (built?.[1] === lock.module && built[2] === lock.version && built[3] === lock.sum) return
  throw engineError(`versitygw was built from ${built?.slice(1).join(' ') ?? 'unknown sources'}, but ${lock.module} ${lock.version} ${lock.sum} is locked`)
}
