import { join } from 'node:path'
import { refuseWhileRebuilding } from '@twinreel/catalog/journal/rebuilding'
import { openCatalog, type Catalog } from '@twinreel/catalog/open'
import { TOPICS } from '@twinreel/contracts/topics'
import type { EventLog } from '@twinreel/event-log/port'
import { openSqliteLog } from '@twinreel/event-log/sqlite'
import { openDirectoryStore } from '@twinreel/object-store/directory'
import type { ObjectStore } from '@twinreel/object-store/port'
import { makeDirectory } from './make-directory.ts'
import type { Place } from './place.ts'

/** The three engines of one place. `dataDir` is where a process keeps what is its own. */
export interface Engines {
  dataDir: string
  eventLog: EventLog
  store: ObjectStore
  catalog: Catalog
  close(): Promise<void>
}

/** Opens the engines of a place: those of a data directory are made where missing, servers must be prepared. */
export async function openPlace(place: Place): Promise<Engines> {
  switch (place.kind) {
    case 'embedded':
      return openEngines(place)
    case 'kafka': {
      // Servers bring clients that nobody else should wait for.
      const { openServers } = await import('./servers.ts')
      return openServers(place)
    }
  }
}

/** One process reads and writes the embedded log, so one partition is as fast as many and its order is easier to look at. */
const EMBEDDED_PARTITIONS = 1

/** Opens, and makes where missing, the embedded engines below `dataDir`. Several processes may do so at once; errors name the engine's path. */
export async function openEngines({ dataDir }: { dataDir: string }): Promise<Engines> {
  makeDirectory(dataDir)
  const eventLog = await openSqliteLog({ path: join(dataDir, 'log.db') })
  try {
    await eventLog.ensureTopics(Object.values(TOPICS).map((topic) => ({ topic, partitions: EMBEDDED_PARTITIONS })))
    const catalog = await openCatalog({ path: join(dataDir, 'catalog.db') })
    try {
      await refuseWhileRebuilding(catalog.db)
      const store = await openDirectoryStore({ root: join(dataDir, 'objects') })
      return {
        dataDir,
        eventLog,
        store,
        catalog,
        async close() {
          await store.close()
          await catalog.close()
          await eventLog.close()
        },
      }
    } catch (error) {
      await catalog.close()
      throw error
    }
  } catch (error) {
    await eventLog.close()
    throw error
  }
}
