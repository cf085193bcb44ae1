import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { inspect } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import { SEND_LIMIT_MS } from '@twinreel/catalog/outbox'
import { ConfigError, type Environment } from '@twinreel/service/config'
import { httpPortOf, readEnvironment } from './read-environment.ts'

const SERVERS = {
  TWINREEL_ENGINE: 'kafka',
  TWINREEL_KAFKA_BROKERS: 'kafka-0:9092, kafka-1:9092',
  TWINREEL_S3_BUCKET: 'recordings',
  TWINREEL_S3_ENDPOINT: 'http://store:7070',
  TWINREEL_DATABASE_URL: 'postgres://twinreel:hunter2@db/twinreel',
}
const PEM = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----'

function faults(env: Environment): readonly string[] {
  try {
    readEnvironment(env)
    return []
  } catch (error) {
    if (error instanceof ConfigError) return error.faults
    throw error
  }
}

function file(contents: string): string {
  const directory = mkdtempSync(join(tmpdir(), 'environment-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  writeFileSync(join(directory, 'file'), contents)
  return join(directory, 'file')
}

test('nothing said is one machine with its data directory', () => {
  const configuration = readEnvironment({ PATH: '/bin', TWINREEL_TEST_KAFKA: '127.0.0.1:9092' })
  expect(configuration).toEqual({
    place: { kind: 'embedded', dataDir: resolve('data') },
    signing: { key: null, trusted: null },
    media: { wrapping: null, token: null },
    http: { host: '127.0.0.1', port: null },
    logLevel: 'info',
    readyMaxLagMs: 60_000,
    recorder: { maxMemoryBytes: 134_217_728, maxWaitingBytes: 2_147_483_648, putConcurrency: 4 },
    retention: { schedule: '*/30 * * * * *', maxPerRun: 10_000, maxPerOrg: 10_000, limits: { recordings: 1_000, share: 0.2 } },
  })
})

test('servers are taken with what they have for defaults', () => {
  const { place } = readEnvironment({ ...SERVERS, TWINREEL_DATA: '/var/lib/twinreel' })
  expect(place).toEqual({
    kind: 'kafka',
    dataDir: '/var/lib/twinreel',
    kafka: {
      brokers: ['kafka-0:9092', 'kafka-1:9092'],
      clientId: 'twinreel',
      topicPrefix: '',
      tls: null,
      sasl: null,
      connectTimeoutMs: 5_000,
      requestTimeoutMs: 30_000,
      sendDeadlineMs: 30_000,
      sessionTimeoutMs: 8_000,
    },
    topics: { partitions: 12, replicationFactor: 3, logRetentionMs: 259_200_000 },
    s3: {
      bucket: 'recordings',
      endpoint: 'http://store:7070',
      region: 'us-east-1',
      pathStyle: true,
      encryption: { kind: 'none' },
      credentials: null,
      maxConnections: 50,
      requestTimeoutMs: 15_000,
    },
    database: { url: 'postgres://twinreel:hunter2@db/twinreel', poolSize: 10, statementTimeoutMs: 30_000, tls: null },
  })
  expect(place.kind === 'kafka' ? place.topics : null).toEqual({ partitions: 12, replicationFactor: 3, logRetentionMs: 259_200_000 })
})

test('every fault of every part is told at once', () => {
  const wrong = {
    TWINREEL_ENGINE: 'kafka',
    TWINREEL_KAFKA_BROKERS: 'kafka:99999',
    TWINREEL_KAFKA_TLS: 'yes',
    TWINREEL_KAFKA_TLS_CERT_FILE: file(PEM),
    TWINREEL_KAFKA_SASL_MECHANISM: 'scram-sha-512',
    TWINREEL_KAFKA_SASL_USERNAME: 'ann',
    TWINREEL_S3_BUCKET: 'No_Bucket',
    TWINREEL_S3_KMS_KEY_ID: 'key',
    TWINREEL_DATABASE_URL_FILE: '/nowhere',
    TWINREEL_RECORDER_MAX_MEMORY_MB: '4096',
    TWINREEL_RETENTION_SCHEDULE: '0 25 * * *',
    TWINREEL_KAFKA_BROKER: 'kafka:9092',
    TWINREEL_S3_BUCKET_FILE: '/x',
    TWINREEL_WHATEVER: '1',
  }
  expect(faults(wrong)).toEqual([
    'TWINREEL_KAFKA_TLS: must be true or false',
    'TWINREEL_KAFKA_BROKERS: has a port that is not from 1 to 65535',
    'TWINREEL_KAFKA_TLS_KEY_FILE: is missing, but TWINREEL_KAFKA_TLS_CERT_FILE is given',
    'TWINREEL_KAFKA_SASL_PASSWORD: is missing, but TWINREEL_KAFKA_SASL_MECHANISM is scram-sha-512',
    'TWINREEL_S3_BUCKET: must be a bucket’s name: 3 to 63 lower-case letters, digits, dots and hyphens',
    'TWINREEL_S3_REGION: is missing; without an endpoint the region says which server is meant',
    'TWINREEL_S3_KMS_KEY_ID: is given, but TWINREEL_S3_ENCRYPTION is not kms',
    'TWINREEL_DATABASE_URL_FILE: names a file that can’t be read (ENOENT)',
    'TWINREEL_RECORDER_MAX_WAITING_MB: must be at least TWINREEL_RECORDER_MAX_MEMORY_MB, which is a part of it',
    'TWINREEL_RETENTION_SCHEDULE: must be a cron expression of five or six fields, each in its range',
    'TWINREEL_KAFKA_BROKER: is not known; TWINREEL_KAFKA_BROKERS was probably meant',
    'TWINREEL_S3_BUCKET_FILE: is not known; TWINREEL_S3_BUCKET was probably meant',
    'TWINREEL_WHATEVER: is not known',
  ])
})

test('servers that are named, but not asked for, are not quietly left aside', () => {
  const { TWINREEL_ENGINE: _, ...unasked } = SERVERS
  expect(faults(unasked)).toEqual([
    'TWINREEL_ENGINE: is missing, but TWINREEL_KAFKA_BROKERS, TWINREEL_S3_BUCKET, TWINREEL_S3_ENDPOINT, TWINREEL_DATABASE_URL are given; kafka was probably meant',
  ])
  expect(faults({ ...unasked, TWINREEL_ENGINE: 'embedded' })).toEqual([])
})

test('what is secret stands in no fault, whatever is wrong around it', () => {
  const secrets = { password: 'pw-hunter2', client: 'cs-hunter3', database: 'db-hunter4', store: 's3-hunter5' }
  const told = inspect(
    faults({
      ...SERVERS,
      TWINREEL_KAFKA_SASL_PASSWORD: secrets.password,
      TWINREEL_KAFKA_SASL_MECHANISM: secrets.password,
      TWINREEL_KAFKA_OAUTH_CLIENT_SECRET: secrets.client,
      TWINREEL_KAFKA_OAUTH_TOKEN_FILE: secrets.client,
      TWINREEL_KAFKA_OAUTH_TOKEN_URL: `http://ann:${secrets.client}@login.example/token`,
      TWINREEL_DATABASE_URL: `postgres://twinreel:${secrets.database}@/?sslmode=require`,
      TWINREEL_S3_ENDPOINT: `https://ann:${secrets.store}@store`,
      TWINREEL_KAFKA_CLIENT_ID: `${secrets.password} !`,
      TWINREEL_KAFKA_TLS_CA_FILE: secrets.password,
    }),
  )
  expect(told).toMatch(/TWINREEL_S3_ENDPOINT: must hold no user/)
  for (const secret of Object.values(secrets)) expect(told).not.toContain(secret)
})

test('TLS is on where a file says so, client certificates come as a pair', () => {
  const [ca, cert, key] = [file(PEM), file(PEM), file('-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----\n')]
  const { place } = readEnvironment({
    ...SERVERS,
    TWINREEL_KAFKA_TLS_CA_FILE: ca,
    TWINREEL_KAFKA_TLS_CERT_FILE: cert,
    TWINREEL_KAFKA_TLS_KEY_FILE: key,
    TWINREEL_DATABASE_TLS: 'true',
  })
  expect(place).toMatchObject({
    kafka: { tls: { ca: PEM, cert: PEM, key: expect.stringContaining('PRIVATE') as string } },
    database: { tls: { ca: null } },
  })
  expect(
    faults({ ...SERVERS, TWINREEL_KAFKA_TLS: 'false', TWINREEL_KAFKA_TLS_CA_FILE: ca, TWINREEL_DATABASE_TLS: 'false', TWINREEL_DATABASE_TLS_CA_FILE: ca }),
  ).toEqual([
    'TWINREEL_KAFKA_TLS_CA_FILE: is given, but TWINREEL_KAFKA_TLS is false',
    'TWINREEL_DATABASE_TLS_CA_FILE: is given, but TWINREEL_DATABASE_TLS is false',
  ])
})

test('each way to say who one is needs its own, and only its own, variables', () => {
  const kafka = (env: Environment): unknown => (readEnvironment({ ...SERVERS, ...env }).place as { kafka?: { sasl: unknown } }).kafka?.sasl
  expect(kafka({ TWINREEL_KAFKA_SASL_MECHANISM: 'plain', TWINREEL_KAFKA_SASL_USERNAME: 'ann', TWINREEL_KAFKA_SASL_PASSWORD_FILE: file('hunter2\n') })).toEqual({
    mechanism: 'plain',
    username: 'ann',
    password: 'hunter2',
  })
  expect(kafka({ TWINREEL_KAFKA_SASL_MECHANISM: 'oauthbearer', TWINREEL_KAFKA_OAUTH_TOKEN_FILE: file('token') })).toMatchObject({ mechanism: 'oauthbearer' })
  expect(faults({ ...SERVERS, TWINREEL_KAFKA_SASL_USERNAME: 'ann', TWINREEL_KAFKA_OAUTH_SCOPE: 'kafka' })).toEqual([
    'TWINREEL_KAFKA_SASL_USERNAME: is given, but TWINREEL_KAFKA_SASL_MECHANISM is not',
    'TWINREEL_KAFKA_OAUTH_SCOPE: is given, but TWINREEL_KAFKA_SASL_MECHANISM is not oauthbearer',
  ])
  expect(faults({ ...SERVERS, TWINREEL_KAFKA_SASL_MECHANISM: 'oauthbearer', TWINREEL_KAFKA_OAUTH_CLIENT_ID: 'twinreel' })).toEqual([
    'TWINREEL_KAFKA_OAUTH_TOKEN_URL: is missing, but TWINREEL_KAFKA_SASL_MECHANISM is oauthbearer (or give TWINREEL_KAFKA_OAUTH_TOKEN_FILE)',
    'TWINREEL_KAFKA_OAUTH_CLIENT_SECRET: is missing, but TWINREEL_KAFKA_SASL_MECHANISM is oauthbearer (or give TWINREEL_KAFKA_OAUTH_TOKEN_FILE)',
  ])
})

test('a bucket at Amazon needs its region only, and stands in the host', () => {
  const { TWINREEL_S3_ENDPOINT: _, ...amazon } = SERVERS
  const { place } = readEnvironment({ ...amazon, AWS_REGION: 'eu-central-1', TWINREEL_S3_ENCRYPTION: 'kms', TWINREEL_S3_KMS_KEY_ID: 'alias/twinreel' })
  expect(place).toMatchObject({
    s3: { endpoint: null, region: 'eu-central-1', pathStyle: false, encryption: { kind: 'kms', keyId: 'alias/twinreel' } },
  })
})

test('separate processes tell of themselves unless told not to, serve only when told to', () => {
  const ports = (env: Environment): unknown => [httpPortOf(readEnvironment(env), 'serve'), httpPortOf(readEnvironment(env), 'separate')]
  expect(ports({})).toEqual([null, 9_464])
  expect(ports({ TWINREEL_HTTP_PORT: '0' })).toEqual([null, null])
  expect(ports({ TWINREEL_HTTP_PORT: '8080' })).toEqual([8_080, 8_080])
})

test('an append, and one that it waits for, end before the turn at publishing does', () => {
  const deadline = (ms: number): Environment => ({ ...SERVERS, TWINREEL_KAFKA_SEND_DEADLINE_MS: String(ms) })
  expect(faults(deadline(30_000))).toEqual([])
  expect(faults(deadline(SEND_LIMIT_MS / 2))).toEqual([expect.stringContaining('TWINREEL_KAFKA_SEND_DEADLINE_MS')])
})
