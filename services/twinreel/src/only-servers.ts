import { usageError } from './command-error.ts'
import type { Place, Servers } from './place.ts'

/** The servers of a command that makes no sense without them. Throws a usage error on the embedded engines. */
export function onlyServers(place: Place, command: string): Servers {
  if (place.kind === 'kafka') return place
  throw usageError(
    `${command} is for Kafka, S3 and PostgreSQL`,
    'set TWINREEL_ENGINE=kafka and what names the servers; the embedded engines need no preparation, and `twinreel serve` runs every service on them',
  )
}
