import { openPostgresCatalog } from '@twinreel/catalog/postgres'
import { openKafkaLog } from '@twinreel/event-log/kafka'
import { topicPlan } from '@twinreel/event-log/kafka/topic-plan'
import { checkTopics } from '@twinreel/event-log/kafka/topics'
import { openS3Store } from '@twinreel/object-store/s3'
import { engineError } from './command-error.ts'
import type { Engines } from './engines.ts'
import { explain } from './explain.ts'
import type { Servers } from './place.ts'

/**
 * Opens all three servers, or none: what answered is closed again when another did not. Throws an engine's `CommandError` that says what is wrong with each of them,
 * so that nobody mends one to find the next.
 */
export async function openServers(place: Servers): Promise<Engines> {
  const { dataDir, s3, database } = place
  const [eventLog, store, catalog] = await Promise.allSettled([openLog(place), openS3Store(s3), openPostgresCatalog(database)])
  if (eventLog.status === 'fulfilled' && store.status === 'fulfilled' && catalog.status === 'fulfilled') {
    return {
      dataDir,
      eventLog: eventLog.value,
      store: store.value,
      catalog: catalog.value,
      async close() {
        await store.value.close()
        await catalog.value.close()
        await eventLog.value.close()
      },
    }
  }
  const opened = [eventLog, store, catalog]
  for (const engine of opened) if (engine.status === 'fulfilled') await engine.value.close()
  const reasons = opened.flatMap((engine) => (engine.status === 'rejected' ? [explain(engine.reason)] : []))
  const next = reasons.flatMap((reason) => (reason.next === null ? [] : [reason.next]))
  throw engineError(
    reasons.map(({ what }) => what).join('\n'),
    next.length === 0 ? null : next.join('; '),
    opened.find((engine) => engine.status === 'rejected')?.reason,
  )
}

async function openLog({ kafka, topics }: Servers): Promise<Engines['eventLog']> {
  const eventLog = await openKafkaLog(kafka)
  try {
    await checkTopics(kafka, topicPlan(topics))
    return eventLog
  } catch (error) {
    await eventLog.close()
    throw error
  }
}
