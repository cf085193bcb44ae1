import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectsCommand,
  ListObjectVersionsCommand,
  ListObjectsV2Command,
  PutBucketVersioningCommand,
} from '@aws-sdk/client-s3'
import { StoreError } from '../port.ts'
import { checkSettings } from './check.ts'
import { s3Client } from './client.ts'
import { ask, type S3Connection, unlessAnswer } from './connection.ts'
import { placeOf, type S3Settings } from './settings.ts'

async function connected<T>(settings: S3Settings, work: (connection: S3Connection) => Promise<T>): Promise<T> {
  checkSettings(settings)
  const client = s3Client(settings)
  try {
    return await work({ settings, client })
  } finally {
    client.destroy()
  }
}

/** Makes the bucket unless it is there. Where objects can be locked, versions are kept. Throws a `StoreError`. */
export function createBucket(settings: S3Settings, options: { versioned?: boolean; objectLock?: boolean } = {}): Promise<void> {
  const { bucket: Bucket } = settings
  const lock = options.objectLock === true ? { ObjectLockEnabledForBucket: true } : {}
  return connected(settings, async (connection) => {
    await ask(connection, placeOf(settings), (client, request) =>
      unlessAnswer(['BucketAlreadyOwnedByYou'], client.send(new CreateBucketCommand({ Bucket, ...lock }), request), undefined),
    )
    if (options.versioned !== true) return
    const command = new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } })
    await ask(connection, placeOf(settings), (client, request) => client.send(command, request))
  })
}

interface Doomed {
  Key?: string | undefined
  VersionId?: string | undefined
}

/** Some of what is in the bucket, each version for itself where the store has versions. */
async function someObjects(connection: S3Connection): Promise<Doomed[]> {
  const { settings } = connection
  const { bucket: Bucket } = settings
  return await ask(connection, placeOf(settings), async (client, request) => {
    const versions = await unlessAnswer([405, 501], client.send(new ListObjectVersionsCommand({ Bucket }), request), null)
    if (versions !== null) return [...(versions.Versions ?? []), ...(versions.DeleteMarkers ?? [])]
    return (await client.send(new ListObjectsV2Command({ Bucket }), request)).Contents ?? []
  })
}

async function emptyBucket(connection: S3Connection): Promise<void> {
  const { settings } = connection
  const place = placeOf(settings)
  for (let objects = await someObjects(connection); objects.length > 0; objects = await someObjects(connection)) {
    const Objects = objects.map(({ Key, VersionId }) => ({ Key, ...(VersionId === undefined ? {} : { VersionId }) }))
    const command = new DeleteObjectsCommand({ Bucket: settings.bucket, Delete: { Objects } })
    const { Errors: [first] = [] } = await ask(connection, place, (client, request) => client.send(command, request))
    if (first !== undefined) throw new StoreError(`${place}: ${first.Key} was not deleted: ${first.Code}`, { retriable: false })
  }
}

/** A put that was still under way may come in between. */
const ROUNDS = 5

/** For tests and trials: deletes the bucket with everything in it, whoever put it there. One that is missing counts as deleted. */
export function emptyAndDeleteBucket(settings: S3Settings): Promise<void> {
  const command = new DeleteBucketCommand({ Bucket: settings.bucket })
  return connected(settings, async (connection) => {
    try {
      for (let round = 1, isGone = false; !isGone; round++) {
        await emptyBucket(connection)
        const passing = round < ROUNDS ? ['BucketNotEmpty'] : []
        const sent = (client: S3Connection['client'], request: object) => unlessAnswer(passing, client.send(command, request), null)
        isGone = (await ask(connection, placeOf(settings), sent)) !== null
      }
    } catch (error) {
      if (!(error instanceof StoreError && error.message.includes('NoSuchBucket'))) throw error
    }
  })
}
