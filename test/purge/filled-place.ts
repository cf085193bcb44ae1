import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DeleteObjectsCommand } from '@aws-sdk/client-s3'
import { dueKeys, fillWithRecordings, keptKeys } from '@twinreel/catalog/contract/many-recordings'
import { writeTier } from '@twinreel/catalog/contract/write-tier'
import { placeHold } from '@twinreel/catalog/legal-holds'
import { openCatalog, type Catalog } from '@twinreel/catalog/open'
import { s3Client } from '@twinreel/object-store/s3/client'
import type { S3Settings } from '@twinreel/object-store/s3/settings'
import { SERVER } from '@twinreel/object-store/s3/testing'
import { systemClock } from '@twinreel/service/clock'
import { openS3Door, type S3Door } from '../support/s3-door.ts'
import { everyVersion, ownerOf, folderOf } from './in-bucket.ts'
import type { Doomed } from './steps.ts'
import { smallPuts } from '../support/small-puts.ts'
import type { PurgePlace } from './worker.ts'

const RECORDINGS_OF_EACH = 20
const FIRST_OWNER = 1_000_000_000
const PUTS_AT_ONCE = 32
/** Of so many recordings one has an object that no row names: only whoever looks finds it, and beside it lies a neighbour's. */
const STRAY_OF = 25
export const STRAY = '00000-0123456789abcdef.wav'
/** Where versions are kept, of so many objects one was written twice, and another lies under a delete marker. */
const WRITTEN_TWICE_OF = 20
const HIDDEN_OF = 30
const OTHERS = [
  `recordings/many/user-${FIRST_OWNER}/notes.txt`,
  `recordings/many/user-${FIRST_OWNER}-other/rec-1000000000/00000.wav`,
  'recordings/many/nobody/rec-1/00000.wav',
  `others/recordings/many/user-${FIRST_OWNER}/rec-1000000000/00000.wav`,
]

export interface Filling {
  /** Ten recordings of each are due. */
  owners: number
  /** Whether the bucket keeps versions. */
  versioned: boolean
}

/** A catalog, a bucket with the objects of its recordings and some that are nobody's, and a door before the bucket. */
export interface FilledPlace {
  catalog: Catalog
  catalogPath: string
  door: S3Door
  /** The folders of recordings that are to go. */
  due: ReadonlySet<string>
  /** All that lay in the bucket when it was filled, each version for itself. */
  filled: readonly string[]
  /** How a worker finds it, through the door. */
  place: PurgePlace
  /** Past the door. */
  versions(): Promise<string[]>
  remove(doomed: readonly Doomed[]): Promise<void>
  close(): Promise<void>
}

export async function filledPlace({ owners, versioned }: Filling): Promise<FilledPlace> {
  const directory = mkdtempSync(join(tmpdir(), 'purge-'))
  const catalogPath = join(directory, 'catalog.db')
  const { settings, remove } = await SERVER.bucket({ versioned })
  const client = s3Client(settings)
  const catalog = await openCatalog({ path: catalogPath })
  const door = await openS3Door(settings.endpoint ?? '', settings.bucket)
  const close = async (): Promise<void> => {
    await door.close()
    await catalog.close()
    client.destroy()
    await remove()
    rmSync(directory, { recursive: true })
  }
  try {
    const keptOwners = await fillCatalog(catalog, owners)
    const all = await dueKeys(catalog)
    const due = new Set(all.filter((key) => !keptOwners.has(ownerOf(key))).map(folderOf))
    await fillBucket(settings, { keys: [...all, ...(await keptKeys(catalog))], due, versioned })
    const versions = (): Promise<string[]> => everyVersion(client, settings.bucket)
    return {
      catalog,
      catalogPath,
      door,
      due,
      filled: await versions(),
      place: { catalogPath, s3: { ...settings, endpoint: door.endpoint } },
      versions,
      async remove(doomed) {
        const Objects = doomed.map(({ key, versionId }) => ({ Key: key, ...(versionId === null ? {} : { VersionId: versionId }) }))
        await client.send(new DeleteObjectsCommand({ Bucket: settings.bucket, Delete: { Objects } }))
      },
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

/** Of two owners everything stays: one pays, one is held. */
async function fillCatalog(catalog: Catalog, owners: number): Promise<ReadonlySet<string>> {
  await fillWithRecordings(catalog, { owners: owners + 2, freeOwners: owners + 2, recordingsOfEach: RECORDINGS_OF_EACH, nowMs: systemClock.now() })
  const [paying, held] = [`user-${FIRST_OWNER + owners}`, `user-${FIRST_OWNER + owners + 1}`]
  await placeHold(catalog, { actor: 'test', reason: 'test', orgId: 'many', subject: 'user', subjectId: held })
  await writeTier(catalog, { tier: 'standard', sinceMs: 0 }, { userIds: [paying] })
  return new Set([paying, held])
}

async function fillBucket(
  settings: S3Settings,
  { keys, due, versioned }: { keys: readonly string[]; due: ReadonlySet<string>; versioned: boolean },
): Promise<void> {
  const manifests = keys.filter((key) => key.endsWith('manifest.json') && due.has(folderOf(key)))
  const strays = manifests.flatMap((key, n) => (n % STRAY_OF === 0 ? [key.replace('manifest.json', STRAY)] : []))
  const neighbours = strays.map((key) => `${key.slice(0, key.lastIndexOf('/'))}-other/00000.wav`)
  const { send, close } = smallPuts(settings)
  const work = [...keys, ...strays, ...neighbours, ...OTHERS].map((key, n) => async (): Promise<void> => {
    await send('PUT', key, 'x')
    if (versioned && n % WRITTEN_TWICE_OF === 0) await send('PUT', key, 'y')
    if (versioned && n % HIDDEN_OF === 1) await send('DELETE', key)
  })
  const next = async (): Promise<void> => {
    for (let one = work.pop(); one !== undefined; one = work.pop()) await one()
  }
  await Promise.all(Array.from({ length: PUTS_AT_ONCE }, next))
  close()
}
