import { SUPERUSER } from './postgres.ts'
import { BUCKET, DATABASE } from './provision.ts'
import { S3_ACCESS_KEY, S3_REGION } from './s3-probe.ts'
import type { ServerKind, ServerPlace } from './server-spec.ts'

type Variables = Readonly<Record<string, string>>
interface Server {
  spec: { kind: ServerKind }
  place: ServerPlace
}

/** The variables with which Twinreel's commands use these servers. */
export function engineVariables(servers: readonly Server[]): Variables {
  return merged(servers, (kind, place): Variables => {
    const address = addressOf(place)
    switch (kind) {
      case 'kafka':
        return { TWINREEL_ENGINE: 'kafka', TWINREEL_KAFKA_BROKERS: address, TWINREEL_KAFKA_REPLICATION_FACTOR: '1' }
      case 's3':
        return {
          TWINREEL_S3_ENDPOINT: `http://${address}`,
          TWINREEL_S3_BUCKET: BUCKET,
          TWINREEL_S3_REGION: S3_REGION,
          TWINREEL_S3_PATH_STYLE: 'true',
          AWS_ACCESS_KEY_ID: S3_ACCESS_KEY,
          AWS_SECRET_ACCESS_KEY: place.secret,
        }
      case 'postgres':
        return { TWINREEL_DATABASE_URL: `postgres://${DATABASE}:${place.secret}@${address}/${DATABASE}` }
      case 's3-other':
        return {}
    }
  })
}

/** The variables by which the test suites find these servers; they make topics, buckets and databases of their own there. */
export function testVariables(servers: readonly Server[]): Variables {
  return merged(servers, (kind, place): Variables => {
    const address = addressOf(place)
    switch (kind) {
      case 'kafka':
        return { TWINREEL_TEST_KAFKA: address }
      case 's3':
        return s3Variables('TWINREEL_TEST_S3', address, place)
      case 's3-other':
        return s3Variables('TWINREEL_TEST_S3_OTHER', address, place)
      case 'postgres':
        return { TWINREEL_TEST_POSTGRES: `postgres://${SUPERUSER}:${place.secret}@${address}/postgres` }
    }
  })
}

/** Lines for a POSIX shell. */
export function exportLines(variables: Variables): string {
  return Object.entries(variables)
    .map(([name, value]) => `export ${name}='${value.replaceAll("'", String.raw`'\''`)}'`)
    .join('\n')
}

export function addressOf({ ports }: Pick<ServerPlace, 'ports'>): string {
  return `127.0.0.1:${ports[0]}`
}

function s3Variables(name: string, address: string, { secret }: ServerPlace): Variables {
  return { [name]: `http://${address}`, [`${name}_ACCESS_KEY`]: S3_ACCESS_KEY, [`${name}_SECRET_KEY`]: secret }
}

function merged(servers: readonly Server[], variablesOf: (kind: ServerKind, place: ServerPlace) => Variables): Variables {
  return Object.assign({}, ...servers.map(({ spec, place }) => variablesOf(spec.kind, place))) as Variables
}
