import { DeleteObjectsCommand } from '@aws-sdk/client-s3'
import { StoreError } from '../port.ts'
import { ask, type S3Connection } from './connection.ts'
import { isRetriable } from './failure.ts'

/** S3's limit for one request. */
export const MOST_A_REQUEST = 1000

/** A version of an object or a delete marker; without `versionId` the object as it is now. */
export interface Doomed {
  key: string
  versionId?: string
}

export interface BatchResult {
  /** By key, why something of it is still there. */
  failed: ReadonlyMap<string, { error: string; retriable: boolean }>
  /** The store put delete markers instead of deleting: the bucket keeps versions. Not known of a quiet request. */
  madeMarkers: boolean
}

const nameOf = ({ Key = '', VersionId = '' }: { Key?: string | undefined; VersionId?: string | undefined }) => `${VersionId} ${Key}`

/**
 * Deletes at most 1,000. An answer of 200 may carry an error for each, and what it does not mention did not happen: only what the store
 * names as deleted counts. A `quiet` request is answered by the errors alone (Amazon S3 API, DeleteObjects, Quiet). When the whole request fails, each key failed.
 */
export async function deleteBatch(connection: S3Connection, doomed: readonly Doomed[], quiet = false): Promise<BatchResult> {
  const objects = doomed.map(({ key, versionId }) => ({ Key: key, ...(versionId === undefined ? {} : { VersionId: versionId }) }))
  const command = new DeleteObjectsCommand({ Bucket: connection.settings.bucket, Delete: { Objects: objects, ...(quiet ? { Quiet: true } : {}) } })
  const failed = new Map<string, { error: string; retriable: boolean }>()
  try {
    const { Deleted = [], Errors = [] } = await ask(connection, `a delete of ${doomed.length} objects`, (client, options) => client.send(command, options))
    const deleted = new Set(Deleted.map(nameOf))
    for (const object of quiet ? [] : objects) {
      if (!deleted.has(nameOf(object))) failed.set(object.Key, { error: 'the store did not say that it was deleted', retriable: true })
    }
    for (const { Key = '', Code = 'an error', Message = '' } of Errors) {
      const retriable = isRetriable({ code: Code, status: 400, message: Message, headers: {} })
      failed.set(Key, { error: `the store did not delete it: ${Code} ${Message}`.trim(), retriable })
    }
    return { failed, madeMarkers: Deleted.some(({ DeleteMarker, VersionId }) => DeleteMarker === true && VersionId === undefined) }
  } catch (error) {
    if (!(error instanceof StoreError)) throw error
    for (const { key } of doomed) failed.set(key, { error: error.message, retriable: error.retriable })
    return { failed, madeMarkers: false }
  }
}
