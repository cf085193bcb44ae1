import { createBucket } from '@twinreel/object-store/s3/bucket'
import { freshServers } from '@twinreel/twinreel/demo/fresh-servers'
import { keyFileOf, keyOfDirectory } from '@twinreel/twinreel/keys/key-of-directory'
import { readEnvironment } from '@twinreel/twinreel/environment/read-environment'
import type { Servers } from '@twinreel/twinreel/place'

const NEEDED = ['TWINREEL_TEST_KAFKA', 'TWINREEL_TEST_S3', 'TWINREEL_TEST_POSTGRES'] as const

/** Variables without which there are no servers to record on. */
export const MISSING_SERVERS: readonly string[] = NEEDED.filter((name) => (process.env[name] ?? '') === '')

export interface OwnServers {
  place: Servers
  /** Of a process of Twinreel's there; `changes` come on top. */
  environment(changes: Readonly<Record<string, string>>): NodeJS.ProcessEnv
  /** Deletes topics, bucket and database again. */
  remove(): Promise<void>
}

/** Twelve partitions, a bucket that keeps every version of a key, and a database, all of the test's own; on the servers that `from` names as tests are told of them. */
export async function ownServers(dataDir: string, from: Readonly<Record<string, string | undefined>> = process.env): Promise<OwnServers> {
  // Every recorder's: they write one recording's manifest, whoever of them comes to it.
  keyOfDirectory(dataDir)
  const named = (name: string): string => from[name] ?? ''
  const keys = { accessKeyId: named('TWINREEL_TEST_S3_ACCESS_KEY'), secretAccessKey: named('TWINREEL_TEST_S3_SECRET_KEY') }
  const variables = {
    TWINREEL_ENGINE: 'kafka',
    TWINREEL_KAFKA_BROKERS: named('TWINREEL_TEST_KAFKA'),
    TWINREEL_KAFKA_PARTITIONS: '12',
    TWINREEL_KAFKA_REPLICATION_FACTOR: '1',
    // The least that brokers allow: how soon the partitions of a dead recorder go to others.
    TWINREEL_KAFKA_SESSION_TIMEOUT_MS: '6000',
    TWINREEL_S3_BUCKET: 'replaced',
    TWINREEL_S3_ENDPOINT: named('TWINREEL_TEST_S3'),
    TWINREEL_DATABASE_URL: named('TWINREEL_TEST_POSTGRES'),
    TWINREEL_SIGNING_KEY_FILE: keyFileOf(dataDir),
  }
  const { place } = readEnvironment(variables)
  if (place.kind !== 'kafka') throw new Error('these tests need servers')
  const fresh = await freshServers({ ...place, s3: { ...place.s3, credentials: keys } }, dataDir)
  await createBucket(fresh.place.s3, { versioned: true })
  const ours = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(?:TWINREEL_|AWS_|NODE_OPTIONS$)/.test(name)))
  return {
    ...fresh,
    environment: (changes) => ({
      ...ours,
      ...variables,
      TWINREEL_DATA: dataDir,
      TWINREEL_KAFKA_TOPIC_PREFIX: fresh.place.kafka.topicPrefix,
      TWINREEL_S3_BUCKET: fresh.place.s3.bucket,
      TWINREEL_DATABASE_URL: fresh.place.database.url,
      AWS_ACCESS_KEY_ID: keys.accessKeyId,
      AWS_SECRET_ACCESS_KEY: keys.secretAccessKey,
      ...changes,
    }),
  }
}
