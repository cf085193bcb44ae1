import { faultOfKey } from '../key.ts'
import { type DeleteOutcome, StoreError } from '../port.ts'
import type { S3Connection } from './connection.ts'
import { deleteBatch, MOST_A_REQUEST } from './delete-batch.ts'
import { askVersioning } from './versioning.ts'
import { deleteAllVersions } from './versions.ts'

/** Whether the bucket keeps versions, or once did: from then on it is asked no more, since no bucket goes back. */
export interface Versioning {
  isOn: boolean
}

export interface DeleteOptions {
  versioning: Versioning
  quiet: boolean
}

/** At most 1,000 keys. Asks first whether the bucket keeps versions meanwhile: a plain delete would then only hide what it should delete. */
export async function deleteObjects(connection: S3Connection, keys: readonly string[], options: DeleteOptions): Promise<readonly DeleteOutcome[]> {
  if (keys.length > MOST_A_REQUEST) {
    throw new StoreError(`a delete of ${keys.length} objects; ${MOST_A_REQUEST} is the most`, { retriable: false })
  }
  const possible = [...new Set(keys.filter((key) => faultOfKey(key) === null))]
  const failed = possible.length === 0 ? new Map<string, never>() : await deletePossible(connection, possible, options)
  return keys.map((key): DeleteOutcome => {
    const fault = faultOfKey(key)
    if (fault !== null) return { key, deleted: false, error: fault, retriable: false }
    const failure = failed.get(key)
    return failure === undefined ? { key, deleted: true } : { key, deleted: false, ...failure }
  })
}

async function deletePossible(connection: S3Connection, keys: readonly string[], { versioning, quiet }: DeleteOptions) {
  try {
    versioning.isOn ||= (await askVersioning(connection, `versioning before a delete of ${keys.length} objects`)) === 'kept'
  } catch (error) {
    if (!(error instanceof StoreError)) throw error
    return new Map(keys.map((key) => [key, { error: error.message, retriable: error.retriable }]))
  }
  if (!versioning.isOn) {
    const { failed, madeMarkers } = await deleteBatch(
      connection,
      keys.map((key) => ({ key })),
      quiet,
    )
    if (!madeMarkers) return failed
    // It was switched on in between.
    versioning.isOn = true
  }
  return deleteAllVersions(connection, keys)
}
