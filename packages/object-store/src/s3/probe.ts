import { hash, randomUUID } from 'node:crypto'
import { DeleteObjectCommand } from '@aws-sdk/client-s3'
import type { ObjectStore } from '../port.ts'
import { ask, type S3Connection, unlessAnswer } from './connection.ts'
import { putCommand } from './put.ts'
import { placeOf } from './settings.ts'

const PREFIX = 'twinreel-probe/'

/** What stores say that know the header and don't implement it. */
const NOT_IMPLEMENTED = [501, 'NotImplemented', 'InvalidArgument', 'InvalidRequest']

/**
 * Tries whether a second put of one key is refused, as it must be with `If-None-Match: *`. There are stores that ignore the header, and
 * behind them two writers would both believe they had been first. Finds out by the way whether objects may be put, and encrypted as
 * asked for. Its objects are deleted; what can't be deleted for lack of permission stays, empty.
 */
export async function probeConditionalWrites(connection: S3Connection, keepsVersions: boolean): Promise<ObjectStore['conditionalWrites']> {
  const { settings } = connection
  const what = `${placeOf(settings)}: a first object`
  const put = { key: `${PREFIX}${randomUUID()}`, body: new Uint8Array(), sha256: hash('sha256', ''), contentType: 'application/octet-stream' }
  const versions: (string | undefined)[] = []
  const tryPut = (onlyIfAbsent: boolean) =>
    ask(connection, what, (client, options) =>
      unlessAnswer(
        [412, 409, ...(onlyIfAbsent ? NOT_IMPLEMENTED : [])],
        client.send(putCommand(settings, put, onlyIfAbsent), options).then(({ VersionId }) => {
          // Where versions are no longer kept, what is put has the version “null”, and a plain delete would leave a marker.
          versions.push(VersionId ?? (keepsVersions ? 'null' : undefined))
          return true
        }),
        false,
      ),
    )
  try {
    const isFirstTaken = await tryPut(true)
    if (isFirstTaken) return (await tryPut(true)) ? 'ignored' : 'enforced'
    // Not a condition that failed, with a key that nobody else has: the header itself is refused. Without it, it must work.
    await tryPut(false)
    return 'ignored'
  } finally {
    await Promise.allSettled(versions.map((version) => removeProbe(connection, put.key, version)))
  }
}

function removeProbe(connection: S3Connection, key: string, versionId: string | undefined) {
  const command = new DeleteObjectCommand({ Bucket: connection.settings.bucket, Key: key, ...(versionId === undefined ? {} : { VersionId: versionId }) })
  return ask(connection, `object ${key}`, (client, options) => client.send(command, options))
}
