import { randomBytes } from 'node:crypto'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { infraFile, infraPath } from './infra-file.ts'
import { mavenProgram } from './maven.ts'
import { runTool } from './run-tool.ts'
import type { ServerPlace, ServerSpec } from './server-spec.ts'
import { toolPath } from './tools.ts'

const program = mavenProgram('kafka', 'kafka.lock.json')
const LOG = 'kafka.log'
const HEAP_MB = 768
const PROBE_MS = 10_000

/** What a node can have beyond a plain one. */
export interface KafkaExtras {
  /** Ports after the controller's. */
  morePorts: readonly number[]
  /** Lines of its configuration; a line counts more than the one of the same name in infra/local/kafka.properties. */
  properties(place: ServerPlace): Readonly<Record<string, string>>
  /** Arguments of `StorageTool format`, such as users that must be there from the start. */
  formatArgs: readonly string[]
}

/** One combined KRaft node. Its second port is the controller's, which nobody else needs. */
export const kafka: ServerSpec = kafkaWith({ morePorts: [], properties: () => ({}), formatArgs: [] })

/** As `kafka`. Its first listener must stay one that asks for nothing. */
export function kafkaWith({ morePorts, properties, formatArgs }: KafkaExtras): ServerSpec {
  return {
    kind: 'kafka',
    title: program.title,
    defaultPorts: [29_092, 29_093, ...morePorts],
    user: () => Promise.resolve(null),
    installed: (cache) => Promise.resolve(program.installed(cache)),
    buildTools: ['mvn'],
    runTools: ['java'],
    besideTools: ['kcat'],
    install: program.install,
    async prepare(place) {
      const more = Object.entries(properties(place)).map(([name, value]) => `${name}=${value}\n`)
      writeFileSync(propertiesPath(place), propertiesOf(place) + more.join(''))
      if (existsSync(join(dataPath(place), 'meta.properties'))) return
      await runTool(await toolPath('java'), [
        // It runs for a moment: what it would compile well it would not use.
        '-XX:TieredStopAtLevel=1',
        '-XX:+UseSerialGC',
        ...javaArgs(place, 'format.log'),
        'kafka.tools.StorageTool',
        'format',
        '--standalone',
        '--ignore-formatted',
        '--cluster-id',
        newClusterId(),
        '--config',
        propertiesPath(place),
        ...formatArgs,
      ])
    },
    async program(place) {
      return {
        command: await toolPath('java'),
        args: [`-Xmx${HEAP_MB}m`, '-XX:+ExitOnOutOfMemoryError', ...javaArgs(place, LOG), 'kafka.Kafka', propertiesPath(place)],
        env: {},
        user: null,
      }
    },
    logName: LOG,
    stopSignal: 'SIGTERM',
    async probe(place) {
      // Most uses start no Kafka: its client need not be loaded for them.
      const { recordGoesRound } = await import('@twinreel/event-log/kafka/round-trip')
      await recordGoesRound(
        {
          brokers: [`127.0.0.1:${place.ports[0]}`],
          clientId: 'twinreel-dev',
          topicPrefix: '',
          tls: null,
          sasl: null,
          connectTimeoutMs: 1_000,
          requestTimeoutMs: PROBE_MS,
          sendDeadlineMs: PROBE_MS,
          sessionTimeoutMs: PROBE_MS,
        },
        { withinMs: PROBE_MS },
      )
    },
  }
}

/** 16 bytes in base64url; the first is kept small, since an id that begins with “-” would be taken for an option. */
function newClusterId(): string {
  const bytes = randomBytes(16)
  bytes[0] = 1
  return bytes.toString('base64url')
}

function javaArgs({ programs, directory }: ServerPlace, log: string): string[] {
  return [
    `-Dlog4j2.configurationFile=${infraPath('kafka-log4j2.properties')}`,
    `-Dtwinreel.log=${join(directory, log)}`,
    // No management port, and its noise stays out of stdout.
    '-Dlog4j2.disableJmx=true',
    '-cp',
    join(programs, '*'),
  ]
}

function propertiesOf(place: ServerPlace): string {
  const values: Readonly<Record<string, string | number | undefined>> = { PORT: place.ports[0], CONTROLLER_PORT: place.ports[1], DATA: dataPath(place) }
  return infraFile('kafka.properties').replaceAll(/@([A-Z_]+)@/g, (_, name: string) => String(values[name]))
}

function propertiesPath({ directory }: ServerPlace): string {
  return join(directory, 'kafka.properties')
}

function dataPath({ directory }: ServerPlace): string {
  return join(directory, 'data')
}
