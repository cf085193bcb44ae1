import { join } from 'node:path'
import type { Command } from 'commander'
import { usageError } from '../command-error.ts'
import { addCommand, plainAction } from '../program.ts'

interface Options {
  env?: boolean
  testEnv?: boolean
  freePorts?: boolean
  install?: boolean
}

export function addDevUp(dev: Command): void {
  addCommand(
    dev,
    'up',
    'Start servers on 127.0.0.1 and wait until each does its work: kafka, s3, postgres, or those that are named; s3-other is a second S3 server of another family. ' +
      'The first time they are fetched and built, which takes minutes; what runs already is left alone. Their data lies in `dev` of the data directory.',
    'eval "$(twinreel dev up --env)"',
  )
    .argument('[server...]', 'kafka, s3, s3-other, postgres')
    .option('--env', 'print only the `export` lines with which other commands use them')
    .option('--test-env', 'print only the `export` lines by which the test suites find them')
    .option('--free-ports', 'take free ports instead of 29092, 27070, 27071 and 25432')
    .option('--install', 'as root on Debian or Ubuntu: install packages that are missing')
    .action(
      plainAction(async ({ dataDir, output }, { env, testEnv, freePorts, install }: Options, operands) => {
        const { DEFAULT_KINDS, SERVER_KINDS } = await import('../dev/server-spec.ts')
        const named = operands.map((name) => {
          const kind = SERVER_KINDS.find((known) => known === name)
          if (kind === undefined) throw usageError(`there is no server ${name}`, `servers are ${SERVER_KINDS.join(', ')}`)
          return kind
        })
        const { bringUp } = await import('../dev/up.ts')
        const { cacheRoot } = await import('../dev/cache.ts')
        const { provision } = await import('../dev/provision.ts')
        const { addressOf, engineVariables, exportLines, testVariables } = await import('../dev/dev-environment.ts')
        const { systemClock } = await import('@twinreel/service/clock')
        const servers = await bringUp({
          directory: join(dataDir, 'dev'),
          cache: cacheRoot(process.env),
          kinds: named.length === 0 ? DEFAULT_KINDS : [...new Set(named)],
          useFreePorts: freePorts === true,
          install: install === true,
          clock: systemClock,
          tell: (text) => output.note(text),
        })
        for (const { spec, place } of servers) await provision(spec, place)
        const { keyFileOf, keyOfDirectory } = await import('../keys/key-of-directory.ts')
        const keyDir = join(dataDir, 'dev')
        keyOfDirectory(keyDir)
        const rows = servers.map((server) => ({
          server: server.spec.kind,
          program: server.spec.title,
          address: addressOf(server.place),
          pid: server.process.pid,
          ranBefore: server.ranBefore,
        }))
        const [environment, testEnvironment] = [{ ...engineVariables(servers), TWINREEL_SIGNING_KEY_FILE: keyFileOf(keyDir) }, testVariables(servers)]
        if (output.isJson) await output.document({ servers: rows, environment, testEnvironment }, '')
        else if (env === true || testEnv === true)
          await output.line(exportLines({ ...(env === true ? environment : {}), ...(testEnv === true ? testEnvironment : {}) }))
        else
          await output.list(rows, {
            columns: [
              { head: 'server', cell: ({ server }) => server },
              { head: 'program', cell: ({ program }) => program },
              { head: 'address', cell: ({ address }) => address },
              { head: 'pid', cell: ({ pid }) => pid },
              { head: '', cell: ({ ranBefore }) => (ranBefore ? 'ran before' : 'started') },
            ],
            json: (row) => row,
            empty: '',
          })
        return 0
      }),
    )
}
