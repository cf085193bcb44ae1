import { randomBytes } from 'node:crypto'
import { CreateBucketCommand, DeleteBucketCommand, DeleteObjectsCommand, ListObjectsV2Command, paginateListObjectsV2, S3Client } from '@aws-sdk/client-s3'
import { migratePostgresCatalog } from '@twinreel/catalog/postgres/migrate'
import { openPostgresCatalog } from '@twinreel/catalog/postgres'
import { applyTopics } from '@twinreel/event-log/kafka/topics'
import { topicPlan } from '@twinreel/event-log/kafka/topic-plan'
import { systemClock } from '@twinreel/service/clock'
import { configurationOf } from '@twinreel/twinreel/configuration-of'
import type { Servers } from '@twinreel/twinreel/place'
import { Kafka, logLevel } from 'kafkajs'
import pg from 'pg'
import { enterOwner } from '../owner.ts'
import type { Addresses } from './addresses.ts'

/** Everything one run makes on the servers has this in its name. */
export interface Workspace {
  addresses: Addresses
  name: string
  dataDir: string
  startedAtMs: number
}

/** Settings count from when they are made: they are made as of before the run, because its catalogs are younger than its calls. */
const SETTINGS_EARLIER_MS = 60_000

const PARTITIONS = 12
const RETENTION_MS = 3 * 3_600_000

export function newWorkspace(addresses: Addresses, dataDir: string): Workspace {
  return { addresses, name: `bench${randomBytes(4).toString('hex')}`, dataDir, startedAtMs: systemClock.now() }
}

/** The environment of a service that records one of the run's topics, into one of its buckets and databases. Every setting not named has the product's default. */
export function serviceEnvironment({ addresses, name, dataDir }: Workspace, topics: string, target: string): Record<string, string> {
  const database = new URL(addresses.postgres)
  database.pathname = `/${databaseName(name, target)}`
  return {
    TWINREEL_DATA: dataDir,
    TWINREEL_ENGINE: 'kafka',
    TWINREEL_KAFKA_BROKERS: addresses.kafka,
    TWINREEL_KAFKA_TOPIC_PREFIX: prefixOf(name, topics),
    TWINREEL_KAFKA_PARTITIONS: String(PARTITIONS),
    TWINREEL_KAFKA_REPLICATION_FACTOR: '1',
    TWINREEL_S3_BUCKET: bucketName(name, target),
    TWINREEL_S3_ENDPOINT: addresses.s3,
    AWS_ACCESS_KEY_ID: addresses.s3AccessKey,
    AWS_SECRET_ACCESS_KEY: addresses.s3SecretKey,
    TWINREEL_DATABASE_URL: database.href,
  }
}

/** As a service reads it. */
export async function placeIn(environment: Readonly<Record<string, string | undefined>>): Promise<Servers> {
  const { place } = await configurationOf({ data: undefined, engine: undefined }, environment)
  if (place.kind !== 'kafka') throw new Error('the bench needs servers here')
  return place
}

/** What a run that is killed leaves behind, the broker deletes. */
export async function makeTopics({ kafka, topics }: Servers): Promise<void> {
  const plan = topicPlan(topics).map((topic) => ({ ...topic, config: { ...topic.config, 'retention.ms': String(RETENTION_MS) } }))
  await applyTopics(kafka, plan)
}

/** An empty bucket, and a catalog that knows one owner. */
export async function makeTarget(workspace: Workspace, { s3, database }: Servers): Promise<void> {
  await makeBucket(workspace, s3.bucket)
  await withPostgres(workspace, (client) => client.query(`create database "${new URL(database.url).pathname.slice(1)}"`))
  await migratePostgresCatalog(database)
  const catalog = await openPostgresCatalog(database, { clock: () => workspace.startedAtMs - SETTINGS_EARLIER_MS })
  await enterOwner(catalog)
  await catalog.close()
}

/** How many objects of recordings the bucket holds: the journal's are of no call, and how many there are depends on the time a phase takes. */
export async function countObjects(workspace: Workspace, bucket: string): Promise<number> {
  return await withS3(workspace, async (client) => {
    let objects = 0
    for await (const { KeyCount = 0 } of paginateListObjectsV2({ client }, { Bucket: bucket, Prefix: 'recordings/' })) objects += KeyCount
    return objects
  })
}

export async function removeTarget(workspace: Workspace, { s3, database }: Servers): Promise<void> {
  await withPostgres(workspace, (client) => client.query(`drop database if exists "${new URL(database.url).pathname.slice(1)}" with (force)`))
  await removeBucket(workspace, s3.bucket)
}

export async function makeBucket(workspace: Workspace, bucket: string): Promise<void> {
  await withS3(workspace, (client) => client.send(new CreateBucketCommand({ Bucket: bucket })))
}

export async function removeBucket(workspace: Workspace, bucket: string): Promise<void> {
  await withS3(workspace, async (client) => {
    for (;;) {
      const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: bucket }))
      if (Contents.length === 0) break
      await client.send(new DeleteObjectsCommand({ Bucket: bucket, Delete: { Quiet: true, Objects: Contents.map(({ Key }) => ({ Key })) } }))
    }
    await client.send(new DeleteBucketCommand({ Bucket: bucket }))
  })
}

/** Deletes every topic and group of the run. */
export async function removeTopics({ addresses, name }: Workspace): Promise<void> {
  const admin = new Kafka({ brokers: [addresses.kafka], clientId: name, logLevel: logLevel.NOTHING }).admin()
  await admin.connect()
  const topics = (await admin.listTopics()).filter((topic) => topic.startsWith(`${name}.`))
  if (topics.length > 0) await admin.deleteTopics({ topics })
  const groups = (await admin.listGroups()).groups.map(({ groupId }) => groupId).filter((groupId) => groupId.startsWith(`${name}.`))
  // One that some broker has forgotten already, or that still has a member for some seconds, is no harm.
  if (groups.length > 0) await admin.deleteGroups(groups).catch(() => undefined)
  await admin.disconnect()
}

function prefixOf(name: string, topics: string): string {
  return `${name}.${topics}.`
}

function bucketName(name: string, target: string): string {
  return `${name}-${target}`
}

function databaseName(name: string, target: string): string {
  return `${name}-${target}`
}

async function withS3<T>({ addresses }: Workspace, work: (client: S3Client) => Promise<T>): Promise<T> {
  const credentials = { accessKeyId: addresses.s3AccessKey, secretAccessKey: addresses.s3SecretKey }
  const client = new S3Client({ endpoint: addresses.s3, region: 'us-east-1', forcePathStyle: true, credentials })
  try {
    return await work(client)
  } finally {
    client.destroy()
  }
}

async function withPostgres(workspace: Workspace, work: (client: pg.Client) => Promise<unknown>): Promise<void> {
  const client = new pg.Client({ connectionString: workspace.addresses.postgres })
  await client.connect()
  try {
    await work(client)
  } finally {
    await client.end()
  }
}
