import { afterAll, beforeAll, describe } from 'vitest'
import { catalogContract } from './contract.ts'
import { openPostgresCatalog } from './postgres.ts'
import { NO_SERVER, migratedDatabase, type TestDatabase } from './postgres/testing.ts'

describe.skipIf(NO_SERVER)('the server of TWINREEL_TEST_POSTGRES', () => {
  let database: TestDatabase
  beforeAll(async () => {
    database = await migratedDatabase()
    // What is decided in a turn must not hang on what the server's transactions see by default.
    await database.run(`alter database ${database.name} set default_transaction_isolation = 'repeatable read'`)
  })
  afterAll(() => database.drop())
  catalogContract('PostgreSQL', async (clock) => ({
    // Recorder and retention with no more than their own privileges, everybody else as the owner.
    open: (part) => openPostgresCatalog(database.settings(part ?? 'migrator'), { clock }),
    hasRoles: true,
    remove: () => database.empty(),
  }))
})
