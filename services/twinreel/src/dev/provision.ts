import { psql } from './psql.ts'
import { ensureBucket } from './s3-probe.ts'
import type { ServerPlace, ServerSpec } from './server-spec.ts'

export const BUCKET = 'twinreel'
/** Of the database and of the role that owns it. */
export const DATABASE = 'twinreel'

/** Makes what Twinreel expects to find on a server: its bucket, its database. Topics are made by `twinreel topics apply`, tables by the migrations. */
export async function provision(spec: ServerSpec, place: ServerPlace): Promise<void> {
  switch (spec.kind) {
    case 'kafka':
      return
    case 's3':
    case 's3-other':
      return await ensureBucket(place, BUCKET)
    case 'postgres':
      return await ensureDatabase(place)
  }
}

async function ensureDatabase(place: ServerPlace): Promise<void> {
  if ((await psql(place, 'postgres', `select 1 from pg_roles where rolname = '${DATABASE}';`)) === '') {
    // The demo makes a database of its own.
    await psql(place, 'postgres', `create role ${DATABASE} login createdb password '${place.secret}';`)
  }
  if ((await psql(place, 'postgres', `select 1 from pg_database where datname = '${DATABASE}';`)) === '') {
    await psql(place, 'postgres', `create database ${DATABASE} owner ${DATABASE};`)
  }
}
