import { afterAll, beforeAll, describe } from 'vitest'
import { catalogContract } from './contract.ts'
import { openPostgresCatalog } from './postgres.ts'
import { migratePostgresCatalog } from './postgres/migrate.ts'
import { NO_SERVER, emptyTables, testDatabase, type TestDatabase } from './postgres/testing.ts'

describe.skipIf(NO_SERVER)('the server of TWINREEL_TEST_POSTGRES', () => {
  let database: TestDatabase
  beforeAll(async () => {
    database = await testDatabase()
    await migratePostgresCatalog(database.settings)
  })
  afterAll(() => database.drop())
  catalogContract('PostgreSQL', async (clock) => ({
    open: () => openPostgresCatalog(database.settings, { clock }),
    remove: () => emptyTables(database),
  }))
})
