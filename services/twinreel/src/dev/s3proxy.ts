import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { mavenProgram } from './maven.ts'
import { S3_ACCESS_KEY, probeS3 } from './s3-probe.ts'
import type { ServerSpec } from './server-spec.ts'
import { toolPath } from './tools.ts'

const program = mavenProgram('s3proxy', 's3proxy.lock.json')
const HEAP_MB = 512

/** S3Proxy over a directory: an S3 server of another family, without versions and encryption. Its files carry extended attributes. */
export const s3proxy: ServerSpec = {
  kind: 's3-other',
  title: program.title,
  defaultPorts: [27_071],
  user: () => Promise.resolve(null),
  installed: (cache) => Promise.resolve(program.installed(cache)),
  buildTools: ['mvn'],
  runTools: ['java'],
  install: program.install,
  prepare({ directory, ports, secret }) {
    mkdirSync(join(directory, 'objects'), { recursive: true })
    const properties = {
      's3proxy.endpoint': `http://127.0.0.1:${ports[0]}`,
      's3proxy.authorization': 'aws-v4',
      's3proxy.identity': S3_ACCESS_KEY,
      's3proxy.credential': secret,
      'jclouds.provider': 'filesystem-nio2',
      'jclouds.filesystem.basedir': join(directory, 'objects'),
    }
    const lines = Object.entries(properties).map(([name, value]) => `${name}=${value}\n`)
    writeFileSync(join(directory, 's3proxy.properties'), lines.join(''), { mode: 0o600 })
    return Promise.resolve()
  },
  async program({ programs, directory }) {
    const main = 'org.gaul.s3proxy.Main'
    return {
      command: await toolPath('java'),
      args: [`-Xmx${HEAP_MB}m`, '-XX:+ExitOnOutOfMemoryError', '-cp', join(programs, '*'), main, '--properties', join(directory, 's3proxy.properties')],
      env: {},
      user: null,
    }
  },
  logName: 'server.log',
  stopSignal: 'SIGTERM',
  probe: probeS3,
}
