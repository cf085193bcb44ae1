import { HeadObjectCommand } from '@aws-sdk/client-s3'
import type { S3Connection } from './connection.ts'
import { ask } from './connection.ts'
import type { Doomed } from './delete-batch.ts'

/** Asked about so many refusals of one delete: a locked bucket refuses every key. */
const MOST_ASKED = 10

/**
 * Why object lock keeps these (https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html), by key, as far as the store tells and the credentials may
 * know: `s3:GetObjectRetention` and `s3:GetObjectLegalHold`.
 */
export async function locksOf(connection: S3Connection, refused: readonly Doomed[]): Promise<ReadonlyMap<string, string>> {
  const locks = new Map<string, string>()
  await Promise.all(
    refused.slice(0, MOST_ASKED).map(async ({ key, versionId }) => {
      const command = new HeadObjectCommand({ Bucket: connection.settings.bucket, Key: key, ...(versionId === undefined ? {} : { VersionId: versionId }) })
      // Who may not know is told nothing more than that it was refused.
      const head = await ask(connection, `object ${key}`, (client, options) => client.send(command, options)).catch(() => null)
      const { ObjectLockMode: mode, ObjectLockRetainUntilDate: until, ObjectLockLegalHoldStatus: hold } = head ?? {}
      if (hold === 'ON') locks.set(key, 'object lock keeps it: a legal hold of the store')
      else if (mode !== undefined && until !== undefined) locks.set(key, `object lock keeps it in ${mode.toLowerCase()} mode until ${until.toISOString()}`)
    }),
  )
  return locks
}
