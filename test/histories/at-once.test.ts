import { NO_SERVER, migratedDatabase, type TestDatabase } from '@twinreel/catalog/postgres/testing'
import { drawsOf, keyOf } from '@twinreel/simulator/random'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { liveAtOnce } from './at-once/actors.ts'
import { judgeAtOnce } from './at-once/judge.ts'
import { connect, openAtOnce, type Connections } from './at-once/world.ts'

const HISTORIES = Number(process.env['HISTORIES_AT_ONCE'] ?? 12)

describe.skipIf(NO_SERVER)('the server of TWINREEL_TEST_POSTGRES', { timeout: 60_000 + HISTORIES * 10_000 }, () => {
  let database: TestDatabase
  let connections: Connections
  beforeAll(async () => {
    database = await migratedDatabase()
    connections = await connect(database)
  })
  afterAll(async () => {
    await connections.close()
    await database.drop()
  })

  test(`four workers, tier moves and holds at once, ${HISTORIES} times: each claim was right by what was answered before it`, async () => {
    let purged = 0
    for (let seed = 1; seed <= HISTORIES; seed += 1) {
      const random = drawsOf(keyOf('at-once', seed))
      const world = await openAtOnce(database, connections, random)
      const told = await liveAtOnce(world, random)
      expect(await judgeAtOnce(world, told), `seed ${seed}`).toEqual([])
      purged += told.reports.reduce((sum, report) => sum + report.purged, 0)
    }
    expect(purged).toBeGreaterThan(HISTORIES)
  })
})
