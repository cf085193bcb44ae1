import { existsSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { freePorts } from '@twinreel/twinreel/dev/ports'
import type { ServerKind } from '@twinreel/twinreel/dev/server-spec'
import { parse } from 'yaml'

type Variables = Readonly<Record<string, string>>
/** The second S3 server has no image here: it runs locally. */
type ContainerKind = Exclude<ServerKind, 's3-other'>

/** Servers in containers, and what tells tests where they are. */
export interface Containers {
  variables: Variables
  close(): Promise<void>
}

const ROOT = join(import.meta.dirname, '../../..')
const SECRET = 'twinreel-secret'
const STARTUP_MS = 180_000

/** Whether a container engine answers. Without a socket to ask, nothing is loaded. */
export async function containersAreThere(): Promise<boolean> {
  const sockets = ['/var/run/docker.sock', join(homedir(), '.docker/run/docker.sock'), join(homedir(), '.colima/default/docker.sock')]
  if (process.env['DOCKER_HOST'] === undefined && !sockets.some(existsSync) && !existsSync(join(homedir(), '.testcontainers.properties'))) return false
  const { getContainerRuntimeClient } = await import('testcontainers')
  try {
    await getContainerRuntimeClient()
    return true
  } catch {
    return false
  }
}

/** Starts those of the kinds that have an image, the one that docker-compose.yml names. */
export async function startContainers(kinds: readonly ServerKind[]): Promise<Containers> {
  const { GenericContainer, Wait, getContainerRuntimeClient } = await import('testcontainers')
  const { host } = (await getContainerRuntimeClient()).info.containerRuntime
  const outcomes = await Promise.allSettled(
    kinds.filter(hasImage).map(async (kind) => {
      const [port = 0] = await freePorts(1)
      const { inside, environment, command, ready, variables } = RECIPES[kind](`${host}:${port}`)
      const container = new GenericContainer(imageOf(kind))
        .withExposedPorts({ container: inside, host: port })
        .withEnvironment(environment)
        .withStartupTimeout(STARTUP_MS)
        .withWaitStrategy(ready === null ? Wait.forListeningPorts() : Wait.forLogMessage(...ready))
      if (command !== null) container.withCommand([...command])
      const started = await container.start()
      return { started, variables }
    }),
  )
  const up = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []))
  const close = async () => void (await Promise.all(up.map(({ started }) => started.stop())))
  for (const outcome of outcomes) {
    if (outcome.status === 'fulfilled') continue
    await close()
    throw outcome.reason
  }
  return { variables: Object.assign({}, ...up.map(({ variables }) => variables)) as Variables, close }
}

interface Recipe {
  /** Port inside. */
  inside: number
  environment: Record<string, string>
  command: readonly string[] | null
  /** How often its log must have said what, before it serves. */
  ready: readonly [RegExp, number] | null
  variables: Variables
}

/** By the address that clients will use: Kafka tells it to them itself. */
const RECIPES: Readonly<Record<ContainerKind, (address: string) => Recipe>> = {
  kafka: (address) => ({
    inside: 9092,
    environment: {
      KAFKA_NODE_ID: '1',
      KAFKA_PROCESS_ROLES: 'broker,controller',
      KAFKA_LISTENERS: 'PLAINTEXT://:9092,CONTROLLER://localhost:9093',
      KAFKA_ADVERTISED_LISTENERS: `PLAINTEXT://${address}`,
      KAFKA_LISTENER_SECURITY_PROTOCOL_MAP: 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
      KAFKA_CONTROLLER_LISTENER_NAMES: 'CONTROLLER',
      KAFKA_CONTROLLER_QUORUM_VOTERS: '1@localhost:9093',
      KAFKA_AUTO_CREATE_TOPICS_ENABLE: 'false',
      KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR: '1',
      KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR: '1',
      KAFKA_TRANSACTION_STATE_LOG_MIN_ISR: '1',
      KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS: '0',
      KAFKA_HEAP_OPTS: '-Xmx768m',
    },
    command: null,
    ready: [/Kafka Server started/, 1],
    variables: { TWINREEL_TEST_KAFKA: address },
  }),
  s3: (address) => ({
    inside: 7070,
    environment: { ROOT_ACCESS_KEY: 'twinreel', ROOT_SECRET_KEY: SECRET },
    command: ['--port', ':7070', '--keep-alive', '--quiet', 'posix', '--versioning-dir', '/tmp/vgw', '/srv'],
    ready: null,
    variables: { TWINREEL_TEST_S3: `http://${address}`, TWINREEL_TEST_S3_ACCESS_KEY: 'twinreel', TWINREEL_TEST_S3_SECRET_KEY: SECRET },
  }),
  postgres: (address) => ({
    inside: 5432,
    environment: { POSTGRES_PASSWORD: SECRET },
    command: ['-c', 'max_connections=200'],
    // Once for the server that lays the database out, once for the real one.
    ready: [/database system is ready to accept connections/, 2],
    variables: { TWINREEL_TEST_POSTGRES: `postgres://postgres:${SECRET}@${address}/postgres` },
  }),
}

function hasImage(kind: ServerKind): kind is ContainerKind {
  return kind in RECIPES
}

function imageOf(kind: ContainerKind): string {
  const compose = parse(readFileSync(join(ROOT, 'docker-compose.yml'), 'utf8')) as { services?: Record<string, { image?: string } | undefined> }
  const image = compose.services?.[kind]?.image
  if (image === undefined) throw new Error(`docker-compose.yml names no image for ${kind}`)
  return image
}
