import { resolve } from 'node:path'
import type { EnvironmentReader } from '@twinreel/service/config'
import { choice, text } from '@twinreel/service/variables'
import type { Place } from '../place.ts'
import { DATABASE_VARIABLES, readDatabase } from './database.ts'
import { KAFKA_VARIABLES, readKafka } from './kafka.ts'
import { readS3, S3_VARIABLES } from './s3.ts'

export const ENGINE_VARIABLES = {
  TWINREEL_ENGINE: choice({
    meaning:
      'Where log, objects and catalog are: `embedded`, in the data directory of one machine; `kafka`, in a Kafka cluster, an S3 bucket and a PostgreSQL database.',
    of: ['embedded', 'kafka'],
    fallback: 'embedded',
  }),
  TWINREEL_DATA: text({
    meaning: 'The data directory; with `kafka` only what a process keeps for itself: its spool, and its place among the recorders. `--data` goes before it.',
    values: 'a path',
    pattern: /^[^\0]+$/,
    fallback: 'data',
  }),
} as const

export interface EngineSettings {
  place: Place
}

/** Notes what is wrong; what it answers is to be called when nothing is. */
export function readEngine(reader: EnvironmentReader): () => EngineSettings {
  const { TWINREEL_ENGINE: kind, TWINREEL_DATA: directory } = reader.read(ENGINE_VARIABLES)
  if (kind === 'kafka') {
    const [log, s3, database] = [readKafka(reader), readS3(reader), readDatabase(reader)]
    return () => {
      const { kafka, topics } = log()
      return { place: { kind, dataDir: resolve(directory), kafka, topics, s3: s3(), database: database() } }
    }
  }
  // Servers that are named and not used: a recorder that quietly records into a directory is what nobody meant.
  if (!reader.isSet('TWINREEL_ENGINE')) {
    const named = Object.keys({ ...KAFKA_VARIABLES, ...S3_VARIABLES, ...DATABASE_VARIABLES }).filter((name) => reader.isSet(name))
    if (named.length > 0)
      reader.fault('TWINREEL_ENGINE', `is missing, but ${named.join(', ')} ${named.length === 1 ? 'is' : 'are'} given; kafka was probably meant`)
  }
  return () => ({ place: { kind: 'embedded', dataDir: resolve(directory) } })
}
