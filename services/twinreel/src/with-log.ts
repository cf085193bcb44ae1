import { join } from 'node:path'
import type { EventLog } from '@twinreel/event-log/port'
import type { Place } from './place.ts'

/** Lends the log of a place that is in use already, without its other engines; nothing is written to it. */
export async function withLog<T>(place: Place, work: (log: EventLog) => Promise<T>): Promise<T> {
  const log = await openLogOf(place)
  try {
    return await work(log)
  } finally {
    await log.close()
  }
}

async function openLogOf(place: Place): Promise<EventLog> {
  switch (place.kind) {
    case 'embedded': {
      const [{ openSqliteLog }, { checkDataDir }] = await Promise.all([import('@twinreel/event-log/sqlite'), import('./catalog-file.ts')])
      checkDataDir(place.dataDir)
      return openSqliteLog({ path: join(place.dataDir, 'log.db') })
    }
    case 'kafka': {
      const { openKafkaLog } = await import('@twinreel/event-log/kafka')
      return openKafkaLog(place.kafka)
    }
  }
}
