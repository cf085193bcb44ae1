import { refuseWhileRebuilding } from '@twinreel/catalog/journal/rebuilding'
import type { Catalog } from '@twinreel/catalog/open'
import { openPostgresCatalog } from '@twinreel/catalog/postgres'
import { openKafkaLog } from '@twinreel/event-log/kafka'
import { type MemberMemory, NO_MEMORY } from '@twinreel/event-log/kafka/member-memory'
import { topicPlan } from '@twinreel/event-log/kafka/topic-plan'
import { checkTopics } from '@twinreel/event-log/kafka/topics'
import type { EventLog } from '@twinreel/event-log/port'
import type { ObjectStore } from '@twinreel/object-store/port'
import { openS3Store } from '@twinreel/object-store/s3'
import { silentLogger, type Logger } from '@twinreel/service/log'
import type { Engines } from './engines.ts'
import { kafkaLog } from './kafka-log.ts'
import { openAll } from './open-all.ts'
import type { Servers } from './place.ts'

/** Opens all three servers, or none; none of them is prepared here. Throws a `CommandError` that says what is wrong with each. */
export async function openServers(place: Servers, log: Logger = silentLogger, members: MemberMemory = NO_MEMORY): Promise<Engines> {
  const { engines, close } = await openAll<{ eventLog: EventLog; store: ObjectStore; catalog: Catalog }>({
    eventLog: () => openLog(place, log, members),
    store: () => openS3Store(place.s3),
    catalog: () => openWhole(place),
  })
  return { ...engines, dataDir: place.dataDir, close }
}

/** A catalog that is not being rebuilt. */
async function openWhole({ database }: Servers): Promise<Catalog> {
  const catalog = await openPostgresCatalog(database)
  try {
    await refuseWhileRebuilding(catalog.db)
    return catalog
  } catch (error) {
    await catalog.close()
    throw error
  }
}

async function openLog({ kafka, topics }: Servers, log: Logger, members: MemberMemory): Promise<EventLog> {
  const eventLog = await openKafkaLog(kafka, { log: kafkaLog(log), members })
  try {
    await checkTopics(kafka, topicPlan(topics))
    return eventLog
  } catch (error) {
    await eventLog.close()
    throw error
  }
}
