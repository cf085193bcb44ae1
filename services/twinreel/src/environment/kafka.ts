import type { KafkaSettings } from '@twinreel/event-log/kafka/settings'
import type { EnvironmentReader } from '@twinreel/service/config'
import { choice, fileOf, flag, integer, list, optional, secret, text, url } from '@twinreel/service/variables'
import type { TopicSettings } from '../place.ts'
import { clientCredentials, tokenFile, type BearerToken } from './oauth.ts'

const PEM = { values: 'the path of a PEM file', pattern: /-----BEGIN [A-Z ]+-----/ }
const PRINTABLE = /^[\x21-\x7e]+$/

export const KAFKA_VARIABLES = {
  TWINREEL_KAFKA_BROKERS: list({
    meaning: 'Brokers to ask first; they name the others.',
    values: 'host:port, or several between commas',
    pattern: /^(?:[A-Za-z0-9.-]+|\[[0-9a-fA-F:.]+\]):\d{1,5}$/,
    max: 100,
  }),
  TWINREEL_KAFKA_CLIENT_ID: text({
    meaning: 'The name under which the brokers know the process, in their logs and quotas.',
    values: 'letters, digits, dots, hyphens and underscores',
    pattern: /^[\w.-]{1,200}$/,
    fallback: 'twinreel',
  }),
  TWINREEL_KAFKA_TOPIC_PREFIX: text({
    meaning: 'Put before the name of every topic and group, so that several installations share one cluster.',
    values: 'letters, digits, dots, hyphens and underscores',
    pattern: /^[\w.-]{0,100}$/,
    fallback: '',
  }),
  TWINREEL_KAFKA_PARTITIONS: integer({
    meaning:
      'Partitions of the topics of calls and commands: the most recorders that can share the calls. Never to be changed afterwards; topics with another count are refused.',
    min: 1,
    max: 10_000,
    fallback: 12,
  }),
  TWINREEL_KAFKA_REPLICATION_FACTOR: integer({ meaning: 'Copies of each topic, when it is made.', min: 1, max: 15, fallback: 3 }),
  TWINREEL_KAFKA_LOG_RETENTION_HOURS: integer({
    meaning:
      'How long what was published is kept, audio included. Recorders trim what is older, never past what a recording needs; the brokers forget it after twice as long, and after seven days at the earliest.',
    min: 1,
    max: 8_760,
    fallback: 72,
  }),
  TWINREEL_KAFKA_TLS: optional(flag({ meaning: 'Whether connections are encrypted. Without it: yes, if one of the three files below is given.' })),
  TWINREEL_KAFKA_TLS_CA_FILE: optional(fileOf({ meaning: 'Certificates that sign the brokers’; without it those the system trusts.', ...PEM })),
  TWINREEL_KAFKA_TLS_CERT_FILE: optional(fileOf({ meaning: 'This client’s certificate, if the brokers ask for one.', ...PEM })),
  TWINREEL_KAFKA_TLS_KEY_FILE: optional(fileOf({ meaning: 'The key of that certificate.', ...PEM })),
  TWINREEL_KAFKA_SASL_MECHANISM: optional(
    choice({
      meaning: 'How the client says who it is. PLAIN sends the password as it is: use it with TLS only.',
      of: ['plain', 'scram-sha-256', 'scram-sha-512', 'oauthbearer'],
    }),
  ),
  TWINREEL_KAFKA_SASL_USERNAME: optional(text({ meaning: 'For PLAIN and SCRAM.', values: 'printable characters without spaces', pattern: PRINTABLE })),
  TWINREEL_KAFKA_SASL_PASSWORD: optional(secret({ meaning: 'For PLAIN and SCRAM.' })),
  TWINREEL_KAFKA_OAUTH_TOKEN_URL: optional(
    url({
      meaning: 'For OAUTHBEARER: where tokens are asked for, with the client-credentials grant (RFC 6749, 4.4).',
      values: 'an https URL',
      protocols: ['https:', 'http:'],
    }),
  ),
  TWINREEL_KAFKA_OAUTH_CLIENT_ID: optional(text({ meaning: 'For that grant.', values: 'printable characters without spaces', pattern: PRINTABLE })),
  TWINREEL_KAFKA_OAUTH_CLIENT_SECRET: optional(secret({ meaning: 'For that grant.' })),
  TWINREEL_KAFKA_OAUTH_SCOPE: optional(
    text({ meaning: 'For that grant, if the server wants one.', values: 'words between spaces', pattern: /^[\x21-\x7e]+(?: [\x21-\x7e]+)*$/ }),
  ),
  TWINREEL_KAFKA_OAUTH_TOKEN_FILE: optional(
    text({
      meaning: 'For OAUTHBEARER instead of the grant: a file that holds the token. Read each time one is needed, so the platform may renew it.',
      values: 'a path',
      pattern: /^[^\0]+$/,
    }),
  ),
  TWINREEL_KAFKA_CONNECT_TIMEOUT_MS: integer({ meaning: 'Longest wait for a connection.', min: 100, max: 120_000, fallback: 5_000 }),
  TWINREEL_KAFKA_REQUEST_TIMEOUT_MS: integer({ meaning: 'Longest wait for an answer.', min: 1_000, max: 300_000, fallback: 30_000 }),
  TWINREEL_KAFKA_SEND_DEADLINE_MS: integer({
    meaning: 'Longest wait for an append in all, with its repeats; after it the append has failed.',
    min: 1_000,
    // An append may have to wait for another one before it. Both must fit into a turn at publishing (SEND_LIMIT_MS of the catalog's outbox): one that outlasts it would be repeated for ever.
    max: 30_000,
    fallback: 30_000,
  }),
  TWINREEL_KAFKA_SESSION_TIMEOUT_MS: integer({
    meaning: 'After so long without a sign of life the brokers give a recorder’s partitions to others.',
    min: 6_000,
    max: 300_000,
    // Less than the 15 s in which an announcement must be answered: a call that begins during a takeover gets its announcement.
    fallback: 8_000,
  }),
} as const

const FILES = ['TWINREEL_KAFKA_TLS_CA_FILE', 'TWINREEL_KAFKA_TLS_CERT_FILE', 'TWINREEL_KAFKA_TLS_KEY_FILE'] as const
const [MECHANISM, USERNAME, PASSWORD] = ['TWINREEL_KAFKA_SASL_MECHANISM', 'TWINREEL_KAFKA_SASL_USERNAME', 'TWINREEL_KAFKA_SASL_PASSWORD'] as const
const GRANT = ['TWINREEL_KAFKA_OAUTH_TOKEN_URL', 'TWINREEL_KAFKA_OAUTH_CLIENT_ID', 'TWINREEL_KAFKA_OAUTH_CLIENT_SECRET'] as const
const OAUTH = [...GRANT, 'TWINREEL_KAFKA_OAUTH_SCOPE', 'TWINREEL_KAFKA_OAUTH_TOKEN_FILE'] as const

type KafkaValues = ReturnType<typeof valuesOf>

function valuesOf(reader: EnvironmentReader) {
  return reader.read(KAFKA_VARIABLES)
}

/** Notes what is wrong; what it answers is to be called when nothing is. */
export function readKafka(reader: EnvironmentReader): () => { kafka: KafkaSettings; topics: TopicSettings } {
  const values = valuesOf(reader)
  checkBrokers(reader, values)
  checkTls(reader, values)
  checkSasl(reader, values)
  return () => ({
    kafka: {
      brokers: values.TWINREEL_KAFKA_BROKERS,
      clientId: values.TWINREEL_KAFKA_CLIENT_ID,
      topicPrefix: values.TWINREEL_KAFKA_TOPIC_PREFIX,
      tls: isEncrypted(reader, values)
        ? { ca: values.TWINREEL_KAFKA_TLS_CA_FILE, cert: values.TWINREEL_KAFKA_TLS_CERT_FILE, key: values.TWINREEL_KAFKA_TLS_KEY_FILE }
        : null,
      sasl: saslOf(values),
      connectTimeoutMs: values.TWINREEL_KAFKA_CONNECT_TIMEOUT_MS,
      requestTimeoutMs: values.TWINREEL_KAFKA_REQUEST_TIMEOUT_MS,
      sendDeadlineMs: values.TWINREEL_KAFKA_SEND_DEADLINE_MS,
      sessionTimeoutMs: values.TWINREEL_KAFKA_SESSION_TIMEOUT_MS,
    },
    topics: {
      partitions: values.TWINREEL_KAFKA_PARTITIONS,
      replicationFactor: values.TWINREEL_KAFKA_REPLICATION_FACTOR,
      logRetentionMs: values.TWINREEL_KAFKA_LOG_RETENTION_HOURS * 3_600_000,
    },
  })
}

function checkBrokers(reader: EnvironmentReader, { TWINREEL_KAFKA_BROKERS: brokers }: KafkaValues): void {
  const isPort = (broker: string): boolean => {
    const port = Number(broker.slice(broker.lastIndexOf(':') + 1))
    return port >= 1 && port <= 65_535
  }
  // `null` when it is missing or of another form, which is told already.
  if ((brokers as readonly string[] | null)?.every(isPort) === false) reader.fault('TWINREEL_KAFKA_BROKERS', 'has a port that is not from 1 to 65535')
}

function isEncrypted(reader: EnvironmentReader, { TWINREEL_KAFKA_TLS: told }: KafkaValues): boolean {
  return told ?? FILES.some((name) => reader.isSet(name))
}

function checkTls(reader: EnvironmentReader, values: KafkaValues): void {
  if (values.TWINREEL_KAFKA_TLS === false) for (const name of FILES) if (reader.isSet(name)) reader.fault(name, 'is given, but TWINREEL_KAFKA_TLS is false')
  const [, cert, key] = FILES
  if (reader.isSet(cert) && !reader.isSet(key)) reader.fault(key, `is missing, but ${cert} is given`)
  if (reader.isSet(key) && !reader.isSet(cert)) reader.fault(cert, `is missing, but ${key} is given`)
}

function checkSasl(reader: EnvironmentReader, { TWINREEL_KAFKA_SASL_MECHANISM: mechanism, TWINREEL_KAFKA_OAUTH_TOKEN_URL: tokenUrl }: KafkaValues): void {
  const isPassword = mechanism !== null && mechanism !== 'oauthbearer'
  // A mechanism that is not known is told already: nobody knows what it would need.
  if (mechanism === null && reader.isSet(MECHANISM)) return
  for (const name of [USERNAME, PASSWORD]) {
    if (isPassword && !reader.isSet(name)) reader.fault(name, `is missing, but ${MECHANISM} is ${mechanism}`)
    if (!isPassword && reader.isSet(name)) reader.fault(name, `is given, but ${MECHANISM} is ${mechanism ?? 'not'}`)
  }
  if (mechanism !== 'oauthbearer') {
    for (const name of OAUTH) if (reader.isSet(name)) reader.fault(name, `is given, but ${MECHANISM} is not oauthbearer`)
  } else if (reader.isSet('TWINREEL_KAFKA_OAUTH_TOKEN_FILE')) {
    for (const name of GRANT)
      if (reader.isSet(name)) reader.fault(name, 'is given, and so is TWINREEL_KAFKA_OAUTH_TOKEN_FILE; the token comes from one of them')
  } else {
    for (const name of GRANT)
      if (!reader.isSet(name)) reader.fault(name, `is missing, but ${MECHANISM} is oauthbearer (or give TWINREEL_KAFKA_OAUTH_TOKEN_FILE)`)
  }
  if (tokenUrl !== null && !isSafe(tokenUrl)) reader.fault('TWINREEL_KAFKA_OAUTH_TOKEN_URL', 'must begin with https: the client’s secret goes there')
}

function isSafe(tokenUrl: string): boolean {
  const { protocol, hostname } = new URL(tokenUrl)
  return protocol === 'https:' || ['localhost', '127.0.0.1', '[::1]'].includes(hostname)
}

function saslOf(values: KafkaValues): KafkaSettings['sasl'] {
  const mechanism = values.TWINREEL_KAFKA_SASL_MECHANISM
  switch (mechanism) {
    case null:
      return null
    case 'oauthbearer':
      return { mechanism, token: tokenOf(values) }
    case 'plain':
    case 'scram-sha-256':
    case 'scram-sha-512':
      return { mechanism, username: values.TWINREEL_KAFKA_SASL_USERNAME ?? '', password: values.TWINREEL_KAFKA_SASL_PASSWORD ?? '' }
  }
}

function tokenOf(values: KafkaValues): () => Promise<BearerToken> {
  if (values.TWINREEL_KAFKA_OAUTH_TOKEN_FILE !== null) return tokenFile(values.TWINREEL_KAFKA_OAUTH_TOKEN_FILE)
  return clientCredentials({
    tokenUrl: values.TWINREEL_KAFKA_OAUTH_TOKEN_URL ?? '',
    clientId: values.TWINREEL_KAFKA_OAUTH_CLIENT_ID ?? '',
    clientSecret: values.TWINREEL_KAFKA_OAUTH_CLIENT_SECRET ?? '',
    scope: values.TWINREEL_KAFKA_OAUTH_SCOPE,
  })
}
