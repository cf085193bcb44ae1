import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { GetObjectCommand, ListObjectVersionsCommand, S3Client } from '@aws-sdk/client-s3'
import type { Servers } from '@twinreel/twinreel/place'
import pg from 'pg'
import type { Place } from './places.ts'

/** Every version of every object of the bucket. */
export async function everyVersion({ s3 }: Servers): Promise<Place[]> {
  const { bucket: Bucket, endpoint, region, credentials } = s3
  const client = new S3Client({ region, forcePathStyle: true, ...(endpoint === null ? {} : { endpoint }), ...(credentials === null ? {} : { credentials }) })
  const places: Place[] = []
  for (let next: { KeyMarker?: string; VersionIdMarker?: string } | null = {}; next !== null;) {
    const page: Awaited<ReturnType<typeof versionsFrom>> = await versionsFrom(next)
    for (const { Key, VersionId } of page.Versions ?? []) {
      if (Key === undefined) continue
      const { Body } = await client.send(new GetObjectCommand({ Bucket, Key, ...(VersionId === undefined ? {} : { VersionId }) }))
      places.push({ name: `object ${Key}`, bytes: Buffer.from((await Body?.transformToByteArray()) ?? []) })
    }
    const { IsTruncated, NextKeyMarker: KeyMarker, NextVersionIdMarker: VersionIdMarker } = page
    next = IsTruncated !== true ? null : { ...(KeyMarker === undefined ? {} : { KeyMarker }), ...(VersionIdMarker === undefined ? {} : { VersionIdMarker }) }
  }
  client.destroy()
  return places

  function versionsFrom(from: { KeyMarker?: string; VersionIdMarker?: string }) {
    return client.send(new ListObjectVersionsCommand({ Bucket, ...from }))
  }
}

/** Every row of every table of the database, as text: what a dump would hold. */
export async function everyRow({ database }: Servers): Promise<Place[]> {
  const client = new pg.Client({ connectionString: database.url })
  await client.connect()
  try {
    const { rows: tables } = await client.query<{ name: string }>("select quote_ident(tablename) as name from pg_tables where schemaname = 'public'")
    const places: Place[] = []
    for (const { name } of tables) {
      const { rows } = await client.query<{ row: string }>(`select t::text as row from ${name} t`)
      places.push({ name: `table ${name}`, bytes: Buffer.from(rows.map(({ row }) => row).join('\n')) })
    }
    return places
  } finally {
    await client.end()
  }
}

/** The files of the database itself, as they are on the disk after a checkpoint; none where the server is on another machine, or they may not be read. */
export async function databaseFiles({ database }: Servers): Promise<Place[]> {
  const client = new pg.Client({ connectionString: database.url })
  await client.connect()
  try {
    await client.query('checkpoint').catch(() => undefined)
    const { rows } = await client.query<{ path: string; oid: number }>(
      "select current_setting('data_directory') as path, oid from pg_database where datname = current_database()",
    )
    const [found] = rows
    if (found === undefined) return []
    const directory = join(found.path, 'base', String(found.oid))
    return readdirSync(directory).flatMap((name) => {
      try {
        return [{ name: `database file ${name}`, bytes: readFileSync(join(directory, name)) }]
      } catch {
        // A table that is dropped meanwhile.
        return []
      }
    })
  } catch {
    return []
  } finally {
    await client.end()
  }
}
