import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createDatabase, dropDatabase } from '@twinreel/catalog/postgres/database'
import { groupMembers } from '@twinreel/event-log/kafka/group-members'
import { systemClock } from '@twinreel/service/clock'
import { twinreelWith, type Ran } from '@twinreel/twinreel/testing/run-command'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { MISSING_SERVERS, ownServers, type OwnServers } from '../support/recorders/own-servers.ts'

const skipped = MISSING_SERVERS.length === 0 ? '' : ` (skipped: no ${MISSING_SERVERS.join(', ')})`

describe.skipIf(MISSING_SERVERS.length > 0)(`a process that can’t start${skipped}`, () => {
  let servers: OwnServers
  let directory: string

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'twinreel-'))
    servers = await ownServers(directory)
  })
  afterAll(async () => {
    await servers.remove()
    rmSync(directory, { recursive: true, force: true })
  })

  /** Starts a process that must give up by itself, and look to Kafka as if it had never been. */
  async function givesUp(changes: Readonly<Record<string, string>>, ...command: readonly string[]): Promise<Ran> {
    const env = Object.fromEntries(Object.entries(servers.environment({ TWINREEL_HTTP_PORT: '0', ...changes })).map(([name, value]) => [name, value ?? '']))
    const ran = await twinreelWith(env, ...(command.length === 0 ? ['recorder'] : command))
    expect(ran.stdout).toBe('')
    expect(await groupMembers(servers.place.kafka, 'recorder')).toBe(0)
    return ran
  }

  test('names a broker that can’t be reached', async () => {
    const { exitCode, stderr } = await givesUp({ TWINREEL_KAFKA_BROKERS: '127.0.0.1:9' })
    expect(exitCode).toBe(3)
    expect(stderr).toMatch(/^error: Kafka at 127\.0\.0\.1:9: .*ECONNREFUSED/m)
  })

  test('names a topic that is missing, and the command that makes it', async () => {
    const { exitCode, stderr } = await givesUp({ TWINREEL_KAFKA_TOPIC_PREFIX: 'nobody-made-these.' })
    expect(exitCode).toBe(3)
    expect(stderr).toMatch(/^error: there is no topic nobody-made-these\.calls; run `twinreel topics apply`$/m)
  })

  test('says how many partitions a topic has and how many were expected', async () => {
    const { exitCode, stderr } = await givesUp({ TWINREEL_KAFKA_PARTITIONS: '24' })
    expect(exitCode).toBe(3)
    expect(stderr).toMatch(/^error: topic \S+calls has 12 partitions, 24 were asked for/m)
    const apply = await givesUp({ TWINREEL_KAFKA_PARTITIONS: '24' }, 'topics', 'apply')
    expect(apply.exitCode).toBe(3)
    expect(apply.stderr).toContain('has 12 partitions, 24 were asked for')
  })

  test('names a bucket that is missing', async () => {
    const { exitCode, stderr } = await givesUp({ TWINREEL_S3_BUCKET: 'nobody-made-this' })
    expect(exitCode).toBe(3)
    expect(stderr).toMatch(/^error: S3 bucket nobody-made-this at \S+: .*NoSuchBucket/m)
    expect((await givesUp({ TWINREEL_S3_BUCKET: 'nobody-made-this' }, 'retention', 'worker')).exitCode).toBe(3)
  })

  test('says that the store’s credentials are wrong, and not what they are', async () => {
    const { exitCode, stderr } = await givesUp({ AWS_SECRET_ACCESS_KEY: 'a-secret-of-somebody-else' })
    expect(exitCode).toBe(3)
    expect(stderr).toMatch(/^error: S3 bucket \S+ at \S+: .*SignatureDoesNotMatch/m)
    expect(stderr).not.toContain('a-secret-of-somebody-else')
  })

  test('says that the database’s password is wrong, and not what it is', async () => {
    const url = new URL(servers.place.database.url)
    url.password = 'a-password-of-somebody-else'
    const { exitCode, stderr } = await givesUp({ TWINREEL_DATABASE_URL: url.href })
    expect(exitCode).toBe(3)
    expect(stderr).toMatch(/^error: catalog \S+: the password of user \S+ is wrong/m)
    expect(stderr).not.toContain('a-password-of-somebody-else')
  })

  test('names a database that nobody migrated, and the command that does', async () => {
    const name = `${new URL(servers.place.database.url).pathname.slice(1)}_empty`
    await createDatabase(servers.place.database, name)
    onTestFinished(() => dropDatabase(servers.place.database, name))
    const url = new URL(servers.place.database.url)
    url.pathname = `/${name}`
    const { exitCode, stderr } = await givesUp({ TWINREEL_DATABASE_URL: url.href })
    expect(exitCode).toBe(3)
    expect(stderr).toMatch(/^error: catalog \S+: it has no tables yet; run `twinreel catalog migrate`/m)
  })

  test('says by how much its clock and the store’s differ', async () => {
    const skewed = createServer((_request, response) => {
      response.setHeader('Date', new Date(systemClock.now() + 11 * 60_000).toUTCString())
      response.end()
    }).listen(0, '127.0.0.1')
    await new Promise((resolve) => skewed.once('listening', resolve))
    onTestFinished(() => void skewed.close())
    const { exitCode, stderr } = await givesUp({ TWINREEL_S3_ENDPOINT: `http://127.0.0.1:${(skewed.address() as AddressInfo).port}` })
    expect(exitCode).toBe(3)
    expect(stderr).toMatch(/^error: S3 bucket .*clock.*(?:660|11 min)/m)
  })

  test('tells of every server at once what is wrong with it', async () => {
    const { exitCode, stderr } = await givesUp({
      TWINREEL_KAFKA_BROKERS: '127.0.0.1:9',
      TWINREEL_S3_BUCKET: 'nobody-made-this',
      TWINREEL_DATABASE_URL: 'postgres://nobody:nothing@127.0.0.1:9/none',
    })
    expect(exitCode).toBe(3)
    expect(stderr.match(/^error: (?:Kafka|S3 bucket|catalog) /gm)).toHaveLength(3)
  })

  test('tells of its whole configuration at once what is wrong with it, before it looks at any server', async () => {
    const { exitCode, stderr } = await givesUp({
      TWINREEL_KAFKA_BROKERS: 'kafka',
      TWINREEL_S3_BUCKET: 'No Bucket',
      TWINREEL_KAFKA_SASL_MECHANISM: 'plain',
      TWINREEL_S3_REGIONS: 'x',
    })
    expect(exitCode).toBe(2)
    for (const name of ['TWINREEL_KAFKA_BROKERS', 'TWINREEL_S3_BUCKET', 'TWINREEL_KAFKA_SASL_USERNAME', 'TWINREEL_KAFKA_SASL_PASSWORD', 'TWINREEL_S3_REGIONS'])
      expect(stderr).toMatch(new RegExp(`^  ${name}: `, 'm'))
  })
})
