import { type ObjectStore, StoreError } from './port.ts'
import { checkBucket, checkSettings } from './s3/check.ts'
import { s3Client } from './s3/client.ts'
import { deleteObjects } from './s3/delete.ts'
import { headOfObject, readObject } from './s3/get.ts'
import { listObjects } from './s3/list.ts'
import { probeConditionalWrites } from './s3/probe.ts'
import { lookThenPut, putIfAbsent } from './s3/put.ts'
import { remainingKeys } from './s3/remains.ts'
import { placeOf, type S3Settings } from './s3/settings.ts'
import { turnsByKey } from './s3/turns.ts'

export interface S3Options {
  /** Milliseconds UTC; compared with the store's. Default: the machine's. */
  clock?: () => number
  /** `false` for those who only read or delete: nothing is tried out then, so no permission to put is needed, and a put is an error. Default `true`. */
  puts?: boolean
}

/**
 * Objects in a bucket of Amazon S3, or of a store that speaks its protocol. The bucket must exist. Looks first whether everything is as it
 * must be: endpoint, credentials, bucket, permission to put, encryption, the clock. Throws a `StoreError` that names bucket and endpoint
 * and says what to do.
 *
 * A store that ignores `If-None-Match` is used all the same, and `conditionalWrites` says so. Where the bucket keeps versions,
 * `deleteMany` deletes all versions of a key, and `remains` finds them.
 */
export async function openS3Store(settings: S3Settings, options: S3Options = {}): Promise<ObjectStore> {
  checkSettings(settings)
  const { clock = Date.now, puts = true } = options
  const client = s3Client(settings)
  const connection = { settings, client }
  try {
    const { keepsVersions } = await checkBucket(connection, clock)
    const conditionalWrites = puts ? await probeConditionalWrites(connection, keepsVersions) : 'enforced'
    const versioning = { isOn: keepsVersions }
    const inTurn = turnsByKey()
    return {
      conditionalWrites,
      isRemote: true,
      async putIfAbsent(put) {
        if (!puts) throw new StoreError(`object ${put.key}: ${placeOf(settings)} was opened without puts`, { retriable: false })
        return conditionalWrites === 'enforced' ? await putIfAbsent(connection, put) : await inTurn(put.key, () => lookThenPut(connection, put))
      },
      head: (key) => headOfObject(connection, key),
      get: (key, range) => readObject(connection, key, range),
      list: (what) => listObjects(connection, what),
      remains: (what) => remainingKeys(connection, what),
      deleteMany: (keys, { quiet = false } = {}) => deleteObjects(connection, keys, { versioning, quiet }),
      close: async () => client.destroy(),
    }
  } catch (error) {
    client.destroy()
    throw error
  }
}
