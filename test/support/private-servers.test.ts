import { Kafka, logLevel } from 'kafkajs'
import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { isRunning } from '@twinreel/twinreel/dev/process-identity'
import { missingPrograms, startPrivateServers, type PrivateServers } from './private-servers.ts'

// A Java program that starts beside other tests takes its time.
const START_WITHIN_MS = 240_000
const missing = await missingPrograms(['kafka', 'postgres'])
const unless = missing.length > 0 ? ` (${missing.join(', ')} was never fetched)` : ''

describe.skipIf(missing.length > 0)(`servers of a test’s own${unless}`, () => {
  let servers: PrivateServers

  beforeAll(async () => {
    servers = await startPrivateServers(['kafka', 'postgres'])
  }, START_WITHIN_MS)
  afterAll(() => servers.close(), START_WITHIN_MS)

  async function query(sql: string): Promise<unknown[]> {
    const client = new Client({ connectionString: servers.engineVariables['TWINREEL_DATABASE_URL'], connectionTimeoutMillis: 2_000 })
    client.on('error', () => {})
    try {
      await client.connect()
      return (await client.query<Record<string, unknown>>(sql)).rows
    } finally {
      await client.end()
    }
  }

  test('a database that was killed comes back at the same address with what was committed', async () => {
    const postgres = servers.of('postgres')
    await query('create table kept (n integer); insert into kept values (1)')
    const before = postgres.process()
    await postgres.kill()
    await expect(query('select 1')).rejects.toThrow('ECONNREFUSED')
    await postgres.start()
    expect(await query('select n from kept')).toEqual([{ n: 1 }])
    expect(isRunning(before)).toBe(false)
    expect(isRunning(postgres.process())).toBe(true)
  })

  test('a frozen database accepts and does not answer, until it is thawed', async () => {
    const postgres = servers.of('postgres')
    postgres.freeze()
    await expect(query('select 1')).rejects.toThrow(/timeout/)
    postgres.thaw()
    expect(await query('select 1 as n')).toEqual([{ n: 1 }])
  })

  test('a broker that is restarted keeps its topics', async () => {
    const admin = new Kafka({ brokers: [`127.0.0.1:${servers.of('kafka').port}`], logLevel: logLevel.NOTHING }).admin()
    await admin.connect()
    try {
      await admin.createTopics({ topics: [{ topic: 'kept', numPartitions: 1 }] })
      await servers.of('kafka').restart()
      expect(await admin.listTopics()).toContain('kept')
    } finally {
      await admin.disconnect()
    }
  })

  test('a server that was not started is no server', () => {
    expect(() => servers.of('s3')).toThrow('s3 was not started')
  })
})
