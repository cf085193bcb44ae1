import { randomBytes } from 'node:crypto'
import { createDatabase, dropDatabase } from '@twinreel/catalog/postgres/database'
import { migratePostgresCatalog } from '@twinreel/catalog/postgres/migrate'
import { removeTopics } from '@twinreel/event-log/kafka/remove-topics'
import { topicPlan } from '@twinreel/event-log/kafka/topic-plan'
import { applyTopics } from '@twinreel/event-log/kafka/topics'
import { createBucket, emptyAndDeleteBucket } from '@twinreel/object-store/s3/bucket'
import type { Servers } from '../place.ts'

export interface FreshServers {
  place: Servers
  /** Deletes the topics, the bucket and the database again. */
  remove(): Promise<void>
}

/** Topics, a bucket and a database of the demo's own on the servers of `place`, made as an operator makes them. */
export async function freshServers(place: Servers, dataDir: string): Promise<FreshServers> {
  const name = `twinreel-demo-${randomBytes(5).toString('hex')}`
  const database = name.replaceAll('-', '_')
  const url = new URL(place.database.url)
  url.pathname = `/${database}`
  const fresh: Servers = {
    ...place,
    dataDir,
    kafka: { ...place.kafka, topicPrefix: `${place.kafka.topicPrefix}${name}.` },
    s3: { ...place.s3, bucket: name },
    database: { ...place.database, url: url.href },
  }
  const topics = topicPlan(fresh.topics)
  async function remove(): Promise<void> {
    const names = topics.map(({ topic }) => topic)
    // What can't be removed must not keep the others.
    const removals = await Promise.allSettled([removeTopics(fresh.kafka, names), emptyAndDeleteBucket(fresh.s3), dropDatabase(place.database, database)])
    const failures = removals.flatMap((removal) => (removal.status === 'rejected' ? [removal.reason as unknown] : []))
    if (failures.length > 0) throw new AggregateError(failures, `not everything of ${name} could be removed: ${failures.map(String).join('; ')}`)
  }
  try {
    await applyTopics(fresh.kafka, topics)
    await createBucket(fresh.s3)
    await createDatabase(place.database, database)
    await migratePostgresCatalog(fresh.database)
  } catch (error) {
    // The first failure says more than what then can't be removed.
    await remove().catch(() => undefined)
    throw error
  }
  return { place: fresh, remove }
}
