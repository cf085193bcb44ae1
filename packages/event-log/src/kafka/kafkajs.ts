import net from 'node:net'
import tls from 'node:tls'
import { Kafka, logLevel, type KafkaConfig, type Mechanism, type PartitionAssigner, type SASLOptions } from 'kafkajs'
import { repairKafkajs } from './kafkajs-repairs.ts'
import { oauthBearer } from './oauth-bearer.ts'
import type { Cluster } from './protocol.ts'
import type { KafkaLog, KafkaSettings } from './settings.ts'

repairKafkajs()

export interface OpenedCluster {
  cluster: Cluster
  /** Closes every socket at once, for good; what is under way fails as if the broker had gone. */
  abort(): void
}

const KEEP_ALIVE_MS = 30_000
const REAUTHENTICATE_MS = 3_000
const GIVEN_UP = 'the connection was given up'

/**
 * A cluster of kafkajs's: connections, authentication, metadata and the encoding of requests, without its producer and consumer.
 * `brokers` in the order in which they are tried.
 */
export function openCluster(settings: KafkaSettings, brokers: readonly string[], log: KafkaLog): OpenedCluster {
  const sockets = new Set<net.Socket>()
  let isAborted = false
  const kafka = new Kafka({
    ...connectionConfig(settings),
    brokers: [...brokers],
    logLevel: logLevel.WARN,
    // What matters is said by the adapter in its own words, once; the rest is for whoever looks for a fault.
    logCreator: () => (entry) => {
      const { broker, error } = entry.log as { broker?: unknown; error?: unknown }
      log('debug', `kafkajs: ${entry.log.message}`, { namespace: entry.namespace, broker, error: typeof error === 'string' ? error : undefined })
    },
    socketFactory({ host, port, ssl, onConnect }) {
      const servername = net.isIP(host) === 0 ? { servername: host } : {}
      // The type says it is always there.
      const isTls = Boolean(ssl)
      const socket = isTls ? tls.connect({ host, port, ...servername, ...ssl }, onConnect) : net.connect({ host, port }, onConnect)
      socket.setKeepAlive(true, KEEP_ALIVE_MS)
      socket.setNoDelay(true)
      sockets.add(socket)
      socket.once('close', () => sockets.delete(socket))
      if (isAborted) socket.destroy(new Error(GIVEN_UP))
      return socket
    },
  })
  return {
    cluster: clusterOf(kafka),
    abort() {
      isAborted = true
      for (const socket of sockets) socket.destroy(new Error(GIVEN_UP))
    },
  }
}

/** The one way to a cluster that kafkajs's interface offers: it hands it to the assigners of a consumer. */
function clusterOf(kafka: Kafka): Cluster {
  let found: unknown = null
  const assigner: PartitionAssigner = ({ cluster }) => {
    found = cluster
    return { name: '', version: 0, assign: () => Promise.resolve([]), protocol: () => ({ name: '', metadata: Buffer.alloc(0) }) }
  }
  kafka.consumer({ groupId: 'none', allowAutoTopicCreation: false, partitionAssigners: [assigner] })
  return found as Cluster
}

/** What every client of kafkajs is made with. */
export function connectionConfig(settings: KafkaSettings): Omit<KafkaConfig, 'brokers'> {
  const { clientId, connectTimeoutMs, requestTimeoutMs, sasl } = settings
  return {
    clientId,
    connectionTimeout: connectTimeoutMs,
    authenticationTimeout: connectTimeoutMs,
    requestTimeout: requestTimeoutMs,
    // A session must last longer than this, or every request would begin with a new one.
    reauthenticationThreshold: REAUTHENTICATE_MS,
    // Whoever asks decides what is worth another try.
    retry: { retries: settings.brokers.length - 1, initialRetryTime: 50, maxRetryTime: 200 },
    ...(settings.tls === null ? {} : { ssl: tlsOptions(settings.tls) }),
    ...(sasl === null ? {} : { sasl: saslOptions(sasl) }),
  }
}

function tlsOptions({ ca, cert, key }: NonNullable<KafkaSettings['tls']>): tls.ConnectionOptions {
  return { ...(ca === null ? {} : { ca: [ca] }), ...(cert === null ? {} : { cert }), ...(key === null ? {} : { key }) }
}

function saslOptions(sasl: NonNullable<KafkaSettings['sasl']>): SASLOptions | Mechanism {
  if (sasl.mechanism === 'oauthbearer') return oauthBearer(sasl.token)
  const { username, password } = sasl
  switch (sasl.mechanism) {
    case 'plain':
      return { mechanism: 'plain', username, password }
    case 'scram-sha-256':
      return { mechanism: 'scram-sha-256', username, password }
    case 'scram-sha-512':
      return { mechanism: 'scram-sha-512', username, password }
  }
}
