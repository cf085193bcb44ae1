import { parseAddress } from '@twinreel/catalog/postgres/address'
import type { PostgresSettings } from '@twinreel/catalog/postgres/settings'
import type { EnvironmentReader } from '@twinreel/service/config'
import { fileOf, flag, integer, optional, secretUrl } from '@twinreel/service/variables'

export const DATABASE_VARIABLES = {
  TWINREEL_DATABASE_URL: secretUrl({
    meaning: 'The PostgreSQL database, with user and password.',
    values: 'a URL such as postgres://USER:PASSWORD@HOST:5432/DATABASE',
    protocols: ['postgres:', 'postgresql:'],
  }),
  TWINREEL_DATABASE_POOL_SIZE: integer({ meaning: 'Connections at once, of each process.', min: 1, max: 500, fallback: 10 }),
  TWINREEL_DATABASE_STATEMENT_TIMEOUT_MS: integer({ meaning: 'After so long the database gives a statement up.', min: 100, max: 600_000, fallback: 30_000 }),
  TWINREEL_DATABASE_TLS: optional(
    flag({ meaning: 'Whether connections are encrypted and the server’s certificate checked. Without it: yes, if the file below is given.' }),
  ),
  TWINREEL_DATABASE_TLS_CA_FILE: optional(
    fileOf({
      meaning: 'Certificates that sign the server’s; without it those the system trusts.',
      values: 'the path of a PEM file',
      pattern: /-----BEGIN [A-Z ]+-----/,
    }),
  ),
} as const

/** Notes what is wrong; what it answers is to be called when nothing is. */
export function readDatabase(reader: EnvironmentReader): () => PostgresSettings {
  const values = reader.read(DATABASE_VARIABLES)
  const { TWINREEL_DATABASE_URL: url, TWINREEL_DATABASE_TLS: tls, TWINREEL_DATABASE_TLS_CA_FILE: ca } = values
  // `null` when it is missing or no URL of PostgreSQL, which is told already.
  if ((url as string | null) !== null) checkAddress(reader, url)
  if (tls === false && reader.isSet('TWINREEL_DATABASE_TLS_CA_FILE'))
    reader.fault('TWINREEL_DATABASE_TLS_CA_FILE', 'is given, but TWINREEL_DATABASE_TLS is false')
  return () => ({
    url,
    poolSize: values.TWINREEL_DATABASE_POOL_SIZE,
    statementTimeoutMs: values.TWINREEL_DATABASE_STATEMENT_TIMEOUT_MS,
    tls: (tls ?? ca !== null) ? { ca } : null,
  })
}

/** Its errors never repeat the URL. */
function checkAddress(reader: EnvironmentReader, url: string): void {
  try {
    parseAddress(url)
  } catch (error) {
    reader.fault('TWINREEL_DATABASE_URL', error instanceof Error ? error.message : 'can’t be read')
  }
}
