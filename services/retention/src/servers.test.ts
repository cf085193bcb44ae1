import { afterAll, beforeAll, describe } from 'vitest'
import { openPostgresCatalog } from '@twinreel/catalog/postgres'
import { NO_SERVER, migratedDatabase, type TestDatabase } from '@twinreel/catalog/postgres/testing'
import { openS3Store } from '@twinreel/object-store/s3'
import { SERVER } from '@twinreel/object-store/s3/testing'
import { brakeContract } from './contract/brake.ts'
import { wrongWaysContract } from './contract/wrong-ways.ts'
import type { WorldEngines } from './world.ts'

describe.skipIf(NO_SERVER || SERVER.isMissing)('on PostgreSQL and S3', () => {
  let [database, another]: TestDatabase[] = []
  let bucket: Awaited<ReturnType<typeof SERVER.bucket>> | undefined
  beforeAll(async () => {
    ;[database, another] = [await migratedDatabase(), await migratedDatabase()]
  }, 60_000)
  afterAll(async () => {
    await database?.drop()
    await another?.drop()
  }, 60_000)

  async function servers(): Promise<WorldEngines> {
    if (database === undefined || another === undefined) throw new Error('there is no database outside a test')
    const [used, other] = [database, another]
    bucket = await SERVER.bucket()
    const { settings, remove } = bucket
    return {
      // Retention with no more than its own privileges.
      catalogs: async (clock) => ({
        open: (part) => openPostgresCatalog(used.settings(part ?? 'migrator'), { clock }),
        hasRoles: true,
        async remove() {
          await used.empty()
          await other.empty()
          await remove()
        },
      }),
      anotherCatalog: (clock) => openPostgresCatalog(other.settings('migrator'), { clock }),
      store: () => openS3Store(settings),
    }
  }

  brakeContract(servers)
  wrongWaysContract(servers)
})
