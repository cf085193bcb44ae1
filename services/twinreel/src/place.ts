import type { PostgresSettings } from '@twinreel/catalog/postgres/settings'
import type { KafkaSettings } from '@twinreel/event-log/kafka/settings'
import type { S3Settings } from '@twinreel/object-store/s3/settings'

/** What topics are made with, and must be found with. */
export interface TopicSettings {
  partitions: number
  replicationFactor: number
  logRetentionMs: number
}

/** A broker, a bucket and a database. `dataDir` holds what a process keeps for itself. */
export interface Servers {
  kind: 'kafka'
  dataDir: string
  kafka: KafkaSettings
  topics: TopicSettings
  s3: S3Settings
  database: PostgresSettings
}

/** Where log, objects and catalog are: in one data directory, or on servers. */
export type Place = { kind: 'embedded'; dataDir: string } | Servers

/** How messages name the place; without user names and passwords. */
export function nameOf(place: Place): string {
  switch (place.kind) {
    case 'embedded':
      return place.dataDir
    case 'kafka': {
      const { host, pathname } = new URL(place.database.url)
      return `database ${host}${pathname}, bucket ${place.s3.bucket}, brokers ${place.kafka.brokers.join(', ')}`
    }
  }
}
