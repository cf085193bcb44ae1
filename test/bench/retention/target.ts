import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { DeleteObjectsCommand, ListObjectsV2Command } from '@aws-sdk/client-s3'
import { openCatalog, type Catalog } from '@twinreel/catalog/open'
import { openPostgresCatalog } from '@twinreel/catalog/postgres'
import { openDirectoryStore } from '@twinreel/object-store/directory'
import type { ObjectStore } from '@twinreel/object-store/port'
import { openS3Store } from '@twinreel/object-store/s3'
import { s3Client } from '@twinreel/object-store/s3/client'
import { smallPuts } from '../../support/small-puts.ts'
import { placeIn } from '../servers/workspace.ts'

/** Where the objects lie that the raw loop deletes: beside those that retention deletes. */
export interface RawObjects {
  /** At most 1,000. */
  deleteMany(keys: readonly string[]): Promise<void>
  /** Lists page by page until the end; how many there are. */
  count(prefix: string): Promise<number>
  close(): void
}

export interface Target {
  catalog: Catalog
  store: ObjectStore
  raw: RawObjects
  /** An object that retention is to delete, and one for the raw loop; on a disk without waiting until it is durable. */
  put: { ours(key: string): Promise<void>; raw(key: string): Promise<void> }
  close(): Promise<void>
}

const BODY = 'a tiny body'

/** `dataDir`: on the embedded engines there; `null`: on the servers that the environment names. */
export async function openTarget(dataDir: string | null, clock?: () => number): Promise<Target> {
  const opened = dataDir === null ? await onServers(clock) : await embedded(dataDir, clock)
  return {
    ...opened,
    async close() {
      opened.raw.close()
      await opened.store.close()
      await opened.catalog.close()
    },
  }
}

async function onServers(clock: (() => number) | undefined): Promise<Omit<Target, 'close'>> {
  const place = await placeIn(process.env)
  const client = s3Client(place.s3)
  const Bucket = rawBucket(place.s3.bucket)
  // What the SDK finds in the environment by itself.
  const { AWS_ACCESS_KEY_ID: accessKeyId = '', AWS_SECRET_ACCESS_KEY: secretAccessKey = '' } = process.env
  const s3 = { ...place.s3, credentials: { accessKeyId, secretAccessKey } }
  const [ours, raw] = [smallPuts(s3), smallPuts({ ...s3, bucket: Bucket })]
  return {
    catalog: await openPostgresCatalog(place.database, clock === undefined ? {} : { clock }),
    store: await openS3Store(place.s3),
    put: { ours: (key) => ours.send('PUT', key, BODY), raw: (key) => raw.send('PUT', key, BODY) },
    raw: {
      async deleteMany(keys) {
        const { Errors = [] } = await client.send(new DeleteObjectsCommand({ Bucket, Delete: { Quiet: true, Objects: keys.map((Key) => ({ Key })) } }))
        if (Errors.length > 0) throw new Error(`the raw loop could not delete ${Errors.length} objects: ${Errors[0]?.Code}`)
      },
      async count(prefix) {
        let objects = 0
        for (let token: string | undefined, isLast = false; !isLast;) {
          const page = await client.send(new ListObjectsV2Command({ Bucket, Prefix: prefix, ContinuationToken: token }))
          objects += page.KeyCount ?? 0
          token = page.NextContinuationToken
          isLast = token === undefined
        }
        return objects
      },
      close() {
        client.destroy()
        ours.close()
        raw.close()
      },
    },
  }
}

export function rawBucket(bucket: string): string {
  return `${bucket}-raw`
}

async function embedded(dataDir: string, clock: (() => number) | undefined): Promise<Omit<Target, 'close'>> {
  const root = join(dataDir, 'raw')
  const rawStore = await openDirectoryStore({ root })
  return {
    catalog: await openCatalog({ path: join(dataDir, 'catalog.db'), ...(clock === undefined ? {} : { clock }) }),
    store: await openDirectoryStore({ root: join(dataDir, 'objects') }),
    put: { ours: (key) => Promise.resolve(writeFile(join(dataDir, 'objects'), key)), raw: (key) => Promise.resolve(writeFile(root, key)) },
    raw: {
      deleteMany: async (keys) => void (await rawStore.deleteMany(keys)),
      async count(prefix) {
        let objects = 0
        for (let after: string | null = ''; after !== null;) {
          const page: Awaited<ReturnType<ObjectStore['list']>> = await rawStore.list({ prefix, ...(after === '' ? {} : { after }) })
          objects += page.objects.length
          after = page.next
        }
        return objects
      },
      close: () => undefined,
    },
  }
}

function writeFile(root: string, key: string): void {
  const path = join(root, key)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, BODY)
}
